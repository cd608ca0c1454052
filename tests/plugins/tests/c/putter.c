/* A plugin with a thread that hands values to the sentinel, past the daemon's write threads, until that takes no more. It
 * is not ended when the daemon is. */
#include "put.h"

/* The daemon has all its writers when it reads. */
static int putter_read(void) {
  static bool is_running;
  pthread_t thread;
  if (is_running)
    return 0;
  is_running = true;
  return pthread_create(&thread, NULL, put, NULL);
}

void module_register(void) { plugin_register_read("putter", putter_read); }

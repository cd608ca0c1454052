/* A plugin with a thread that logs without a pause, numbers its lines, and is not ended when the daemon is. */
#include "collectd.h"

#include "plugin.h"

#include <pthread.h>

static void *talk(void *unused) {
  for (unsigned long number = 0;; number++)
    plugin_log(LOG_INFO, "talk %lu", number);
  return unused;
}

static int talker_init(void) {
  pthread_t thread;
  return pthread_create(&thread, NULL, talk, NULL);
}

/* So that the daemon has something to do. */
static int talker_read(void) { return 0; }

void module_register(void) {
  plugin_register_init("talker", talker_init);
  plugin_register_read("talker", talker_read);
}

/* A plugin with a thread that hands values to the sentinel, past the daemon's write threads, until that takes no more. It
 * is not ended when the daemon is. */
#include "collectd.h"

#include "plugin.h"
#include "utils/common/common.h"

#include <pthread.h>

static void *put(void *unused) {
  value_t value = {.gauge = 1};
  value_list_t vl = VALUE_LIST_INIT;
  vl.values = &value;
  vl.values_len = 1;
  vl.time = cdtime();
  vl.interval = TIME_T_TO_CDTIME_T(1);
  sstrncpy(vl.host, "h", sizeof(vl.host));
  sstrncpy(vl.plugin, "putter", sizeof(vl.plugin));
  sstrncpy(vl.type, "gauge", sizeof(vl.type));
  while (plugin_write("sentinel", NULL, &vl) == 0)
    continue;
  return unused;
}

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

/* A plugin whose write callback starts a thread that hands values to the sentinel, before the write thread itself comes
 * there: it has that one's name. It ends when the sentinel takes no more, and nobody waits for it. */
#include "collectd.h"

#include "plugin.h"
#include "utils/common/common.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_int began;

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
    atomic_store(&began, 1);
  return unused;
}

static int putter_write(const data_set_t *ds, const value_list_t *vl, user_data_t *ud) {
  static atomic_int is_running;
  pthread_t thread;
  if (atomic_exchange(&is_running, 1) != 0)
    return 0;
  if (pthread_create(&thread, NULL, put, NULL) != 0)
    return -1;
  while (atomic_load(&began) == 0)
    usleep(1000);
  return 0;
}

void module_register(void) { plugin_register_write("early_putter", putter_write, NULL); }

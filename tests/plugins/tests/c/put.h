/* What a thread of a plugin does that hands values to the sentinel until that takes no more. */
#include "collectd.h"

#include "plugin.h"
#include "utils/common/common.h"

#include <pthread.h>
#include <stdatomic.h>

/* Whether the sentinel has taken one. */
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

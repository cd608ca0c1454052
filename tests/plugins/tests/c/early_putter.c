/* A plugin whose write callback starts a thread that hands values to the sentinel, before the write thread itself comes
 * there: it has that one's name. It ends when the sentinel takes no more, and nobody waits for it. */
#include "put.h"

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

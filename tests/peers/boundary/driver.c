/*
 * What the boundary between the daemon and a plugin costs: loaded into the real daemon, this plugin has others do
 * the same work, one after the other on one thread, and writes down what each took.
 *
 *   <Plugin driver>
 *     Results "/path"            one line for each measurement: work, plugin, nanoseconds of CPU time per value list
 *     Rounds  60                 how often everything is measured
 *     Lists   1000               how many value lists at a time
 *     Plugin  "c_bench"          one line for each of them, the one to compare with first
 *     Plugin  "python.x" 200     fewer value lists, for one that is slow
 *   </Plugin>
 *
 * A plugin is told what to do by its flush callback: "dispatch/WORK/COUNT" has it dispatch value lists,
 * "write/WORK/0" tells its write callback what to do from now on, and "result/WORK/0" has it dispatch a value list
 * of which the type instance is "checksum": of all that its write callback has seen since "write/…".
 *
 * While a plugin dispatches, the one write thread is held, so that it neither takes the processor nor the queue's
 * lock. What was dispatched is looked at afterwards: everybody's must be the same. Value lists for write callbacks go
 * through plugin_write, as they do on the daemon's write threads, and on a thread with the name of one: those of others
 * may be counted.
 *
 * Under callgrind there is one measurement for each dump, which is named "WORK PLUGIN".
 */
#define _GNU_SOURCE
#include "plugin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#define MAX_PLUGINS 8

static const char *const DISPATCHES[] = {"built", "kept", "meta", "kept_meta"};
static const char *const WRITES[] = {"name", "every"};

static struct {
  char *name;
  int lists;
} plugins[MAX_PLUGINS];
static int num_plugins, rounds = 1, lists = 1000;
static char *results;
static FILE *out;

/* The writer that all value lists go to. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool held, waiting;
static size_t written;
static uint64_t seen;
static int64_t reported;

static uint64_t add_text(uint64_t sum, const char *text) {
  do
    sum = sum * 31 + (unsigned char)*text;
  while (*text++ != 0);
  return sum;
}

static void fail(const char *what) {
  fprintf(out, "error %s\n", what);
  fclose(out);
  _exit(1);
}

/* With the lock held. */
static void wait_for_change(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 60;
  if (pthread_cond_timedwait(&changed, &lock, &until) != 0)
    fail("a value list has not come to the writer");
}

/* All but time and plugin name: those differ. */
static uint64_t checksum(const value_list_t *vl) {
  uint64_t sum = add_text(0, vl->host);
  sum = add_text(sum, vl->plugin_instance);
  sum = add_text(sum, vl->type);
  sum = add_text(sum, vl->type_instance);
  sum = sum * 31 + vl->interval;
  for (size_t i = 0; i < vl->values_len; i++)
    sum = sum * 31 + vl->values[i].absolute;
  char *text = NULL;
  uint64_t number = 0;
  if (vl->meta != NULL && meta_data_get_string(vl->meta, "source", &text) == 0)
    sum = add_text(sum, text);
  if (vl->meta != NULL && meta_data_get_unsigned_int(vl->meta, "serial", &number) == 0)
    sum = sum * 31 + number;
  free(text);
  return sum;
}

static int gate(const data_set_t *ds, const value_list_t *vl, user_data_t *ud) {
  (void)ds;
  (void)ud;
  pthread_mutex_lock(&lock);
  waiting = true;
  pthread_cond_broadcast(&changed);
  while (held)
    pthread_cond_wait(&changed, &lock);
  waiting = false;
  if (strcmp(vl->type_instance, "checksum") == 0)
    reported = vl->values[0].derive;
  else if (strcmp(vl->plugin, "driver") != 0)
    seen += checksum(vl);
  written++;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return 0;
}

/* Waits until the write thread is inside the gate, with a value list of our own. */
static void close_gate(void) {
  value_list_t vl = VALUE_LIST_INIT;
  vl.values = &(value_t){.gauge = 0};
  vl.values_len = 1;
  snprintf(vl.plugin, sizeof(vl.plugin), "driver");
  snprintf(vl.type, sizeof(vl.type), "gauge");
  pthread_mutex_lock(&lock);
  held = true;
  written = 0;
  seen = 0;
  pthread_mutex_unlock(&lock);
  plugin_dispatch_values(&vl);
  pthread_mutex_lock(&lock);
  while (!waiting)
    wait_for_change();
  pthread_mutex_unlock(&lock);
}

/* Waits until that many value lists have been written; the checksum of all of them. */
static uint64_t open_gate(size_t expected) {
  pthread_mutex_lock(&lock);
  held = false;
  pthread_cond_broadcast(&changed);
  while (written < expected + 1)
    wait_for_change();
  uint64_t sum = seen;
  pthread_mutex_unlock(&lock);
  return sum;
}

static void differ(const char *what, const char *work, int plugin) {
  char text[128];
  snprintf(text, sizeof(text), "%s, %s, %s", plugins[plugin].name, work, what);
  fail(text);
}

static void tell(int plugin, const char *verb, const char *work, int count) {
  char request[64];
  snprintf(request, sizeof(request), "%s/%s/%d", verb, work, count);
  plugin_flush(plugins[plugin].name, 0, request);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Between these two is what counts. */
static double begin(void) {
  CALLGRIND_TOGGLE_COLLECT;
  return now();
}

static void end(double start, const char *work, const char *name, int count) {
  double took = now() - start;
  CALLGRIND_TOGGLE_COLLECT;
  char title[128];
  snprintf(title, sizeof(title), "%s %s %d", work, name, count);
  CALLGRIND_DUMP_STATS_AT(title);
  fprintf(out, "%s %s %.1f\n", work, name, took / count);
}

static void measure_dispatch(const char *work, int plugin, uint64_t *sums) {
  int count = plugins[plugin].lists;
  /* Once in vain, so that nobody works with the heap that another one has left behind. */
  close_gate();
  tell(plugin, "dispatch", work, count);
  open_gate(count);
  close_gate();
  double start = begin();
  tell(plugin, "dispatch", work, count);
  end(start, work, plugins[plugin].name, count);
  uint64_t sum = open_gate(count);
  /* One that does less in a go is compared with nobody. */
  if (count != lists)
    return;
  if (*sums == 0)
    *sums = sum;
  if (*sums != sum)
    differ("dispatched other value lists than the first one", work, plugin);
}

typedef struct {
  const data_set_t *ds;
  value_list_t vl;
  value_t values[2];
} sample_t;

static sample_t samples[8];

static int prepare(void) {
  static const char *const types[] = {"if_octets", "gauge", "derive", "if_packets"};
  for (size_t i = 0; i < 8; i++) {
    sample_t *s = &samples[i];
    s->vl = (value_list_t)VALUE_LIST_INIT;
    snprintf(s->vl.host, sizeof(s->vl.host), "host%zu.example.net", i % 3);
    snprintf(s->vl.plugin, sizeof(s->vl.plugin), "interface");
    snprintf(s->vl.plugin_instance, sizeof(s->vl.plugin_instance), "eth%zu", i / 4);
    snprintf(s->vl.type, sizeof(s->vl.type), "%s", types[i % 4]);
    if (i % 2 == 1)
      snprintf(s->vl.type_instance, sizeof(s->vl.type_instance), "of-instance-%zu", i);
    s->vl.time = (1700000000ull + i) << 30;
    s->vl.interval = 10ull << 30;
    s->ds = plugin_get_ds(types[i % 4]);
    if (s->ds == NULL)
      return -1;
    for (size_t k = 0; k < s->ds->ds_num; k++)
      if (s->ds->ds[k].type == DS_TYPE_GAUGE)
        s->values[k].gauge = 2 * i + k;
      else
        s->values[k].derive = 2 * i + k;
    s->vl.values = s->values;
    s->vl.values_len = s->ds->ds_num;
  }
  return 0;
}

static void write_all(const char *work, const char *name, int count) {
  double start = begin();
  for (int i = 0; i < count; i++)
    plugin_write(name, samples[i % 8].ds, &samples[i % 8].vl);
  end(start, work, name, count);
}

static void measure_write(const char *work, int plugin, int64_t *sums) {
  int count = plugins[plugin].lists;
  tell(plugin, "write", work, 0);
  write_all(work, plugins[plugin].name, count);
  close_gate();
  tell(plugin, "result", work, 0);
  open_gate(1);
  if (count != lists)
    return;
  if (*sums == 0)
    *sums = reported;
  if (*sums != reported || reported == 0)
    differ("has read other values than the first one", work, plugin);
}

/* A writer that does nothing, at the front and at the back of the daemon's list. */
static int null(const data_set_t *ds, const value_list_t *vl, user_data_t *ud) {
  (void)ds;
  (void)vl;
  (void)ud;
  return 0;
}

/* The daemon looks a writer up in a list, which takes longer the farther back it is: the place of each. */
static void note_places(int level, const char *text, user_data_t *ud) {
  (void)level;
  (void)ud;
  const char *start = strstr(text, "vailable write targets: [");
  if (start == NULL)
    return;
  char *names = strdup(strchr(start, '[') + 1), *rest = names;
  int place = 0;
  for (char *name; (name = strsep(&rest, "',] ")) != NULL;)
    if (name[0] != 0)
      fprintf(out, "place %s %d\n", name, place++);
  free(names);
}

static void run(int round) {
  for (size_t w = 0; w < sizeof(DISPATCHES) / sizeof(*DISPATCHES); w++) {
    uint64_t sums = 0;
    for (int p = 0; p < num_plugins; p++)
      measure_dispatch(DISPATCHES[w], (p + round) % num_plugins, &sums);
  }
  for (size_t w = 0; w < sizeof(WRITES) / sizeof(*WRITES); w++) {
    int64_t sums = 0;
    write_all(WRITES[w], "first", lists);
    for (int p = 0; p < num_plugins; p++)
      measure_write(WRITES[w], (p + round) % num_plugins, &sums);
    write_all(WRITES[w], "last", lists);
  }
}

static int work(user_data_t *ud) {
  (void)ud;
  static bool done;
  if (done)
    return 0;
  done = true;
  out = fopen(results, "w");
  if (out == NULL || prepare() != 0)
    return -1;
  /* The daemon's own is writer#0. */
  pthread_setname_np(pthread_self(), "writer#1");
  plugin_register_write("last", null, NULL);
  plugin_register_log("driver", note_places, NULL);
  plugin_log_available_writers();
  for (int round = 0; round < rounds; round++)
    run(round);
  fprintf(out, "done\n");
  fclose(out);
  return 0;
}

static int config(oconfig_item_t *ci) {
  for (int i = 0; i < ci->children_num; i++) {
    oconfig_item_t *child = &ci->children[i];
    if (strcasecmp(child->key, "Results") == 0)
      results = strdup(child->values[0].value.string);
    else if (strcasecmp(child->key, "Rounds") == 0)
      rounds = (int)child->values[0].value.number;
    else if (strcasecmp(child->key, "Lists") == 0)
      lists = (int)child->values[0].value.number;
    else if (strcasecmp(child->key, "Plugin") == 0 && num_plugins < MAX_PLUGINS) {
      plugins[num_plugins].name = strdup(child->values[0].value.string);
      plugins[num_plugins].lists = child->values_num > 1 ? (int)child->values[1].value.number : lists;
      num_plugins++;
    } else
      return -1;
  }
  return 0;
}

void module_register(void) {
  plugin_register_complex_config("driver", config);
  plugin_register_write("first", null, NULL);
  plugin_register_write("gate", gate, NULL);
  plugin_register_complex_read(NULL, "driver", work, 0, NULL);
}

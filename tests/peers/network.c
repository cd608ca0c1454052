/*
 * Loaded beside the network plugin that is measured. Dispatches what is in CORPUS, LISTS value lists, once the file is
 * told to begin; its writer counts, and holds the write threads up while the gate is shut. So the cost of
 * dispatching, or receiving, and that of writing, or sending, do not mix.
 *   LoadPlugin peer_network
 *   <Plugin peer_network>
 *     Counters "FILE"   mapped: see struct counters
 *     Corpus "FILE"     see corpus.c; without it nothing is dispatched
 *     Lists NUMBER
 *   </Plugin>
 */
#define _GNU_SOURCE
#include "collectd.h"

#include "plugin.h"
#include "utils/common/common.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

struct counters {
  _Atomic uint64_t written, shut, begin, done;
};

typedef struct {
  value_list_t list;
  value_t values[4];
} entry_t;

static struct counters *counters;
static char *corpus;
static uint64_t lists;
static entry_t *entries;
static size_t entries_len;
static cdtime_t round_length;

static int map(const char *path) {
  int fd = open(path, O_RDWR);
  void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd >= 0)
    close(fd);
  if (memory == MAP_FAILED)
    return -1;
  counters = memory;
  return 0;
}

static int on_config(const char *key, const char *value) {
  if (strcasecmp(key, "Counters") == 0)
    return map(value);
  if (strcasecmp(key, "Corpus") == 0)
    corpus = strdup(value);
  else if (strcasecmp(key, "Lists") == 0)
    lists = strtoull(value, NULL, 10);
  else
    return -1;
  return 0;
}

static int on_write(const data_set_t *set, const value_list_t *list, user_data_t *data) {
  (void)set;
  (void)list;
  (void)data;
  while (atomic_load_explicit(&counters->shut, memory_order_relaxed))
    usleep(20000);
  atomic_fetch_add_explicit(&counters->written, 1, memory_order_relaxed);
  return 0;
}

static void parse(char *line, entry_t *entry) {
  char *fields[12] = {0};
  for (size_t i = 0; i < 12 && line != NULL; i++)
    fields[i] = strsep(&line, "\t\n");
  value_list_t *list = &entry->list;
  list->time = strtoull(fields[0], NULL, 10);
  list->interval = strtoull(fields[1], NULL, 10);
  sstrncpy(list->host, fields[2], sizeof(list->host));
  sstrncpy(list->plugin, fields[3], sizeof(list->plugin));
  sstrncpy(list->plugin_instance, fields[4], sizeof(list->plugin_instance));
  sstrncpy(list->type, fields[5], sizeof(list->type));
  sstrncpy(list->type_instance, fields[6], sizeof(list->type_instance));
  list->values_len = strlen(fields[7]);
  for (size_t i = 0; i < list->values_len; i++) {
    if (fields[7][i] == 'g')
      entry->values[i].gauge = strtod(fields[8 + i], NULL);
    else
      entry->values[i].derive = strtoll(fields[8 + i], NULL, 10);
  }
}

static int load(void) {
  FILE *file = fopen(corpus, "r");
  if (file == NULL)
    return -1;
  char *line = NULL;
  size_t size = 0, room = 0;
  cdtime_t first = UINT64_MAX, last = 0;
  while (getline(&line, &size, file) > 0) {
    if (entries_len == room) {
      room = room ? 2 * room : 65536;
      entries = realloc(entries, room * sizeof(*entries));
      if (entries == NULL)
        return -1;
    }
    entry_t *entry = memset(&entries[entries_len++], 0, sizeof(*entries));
    parse(line, entry);
    first = entry->list.time < first ? entry->list.time : first;
    last = entry->list.time > last ? entry->list.time : last;
  }
  free(line);
  fclose(file);
  for (size_t i = 0; i < entries_len; i++)
    entries[i].list.values = entries[i].values;
  round_length = last - first + TIME_T_TO_CDTIME_T(20);
  return entries_len > 0 ? 0 : -1;
}

static int on_read(user_data_t *data) {
  (void)data;
  if (!atomic_load(&counters->begin) || atomic_load(&counters->done))
    return 0;
  for (uint64_t i = 0; i < lists; i++) {
    value_list_t list = entries[i % entries_len].list;
    list.time += i / entries_len * round_length;
    plugin_dispatch_values(&list);
  }
  atomic_store(&counters->done, 1);
  return 0;
}

static int on_init(void) {
  if (counters == NULL)
    return -1;
  if (corpus != NULL && load() != 0)
    return -1;
  return 0;
}

void module_register(void) {
  static const char *keys[] = {"Counters", "Corpus", "Lists"};
  plugin_register_config("peer_network", on_config, keys, 3);
  plugin_register_init("peer_network", on_init);
  plugin_register_write("peer_network", on_write, NULL);
  plugin_register_complex_read("peer_network", "peer_network", on_read, MS_TO_CDTIME_T(100), &(user_data_t){0});
}

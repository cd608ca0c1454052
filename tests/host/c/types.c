/* Data sets: some of types.db built in, more by command. */
#define _GNU_SOURCE
#include "fake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const builtin[] = {
    "gauge value:GAUGE:U:U",
    "derive value:DERIVE:0:U",
    "counter value:COUNTER:U:U",
    "absolute value:ABSOLUTE:0:U",
    "load shortterm:GAUGE:0:5000 midterm:GAUGE:0:5000 longterm:GAUGE:0:5000",
    "cpu value:DERIVE:0:U",
    "memory value:GAUGE:0:281474976710656",
    "percent value:GAUGE:0:100.1",
    "bytes value:GAUGE:0:U",
    "count value:GAUGE:0:U",
    "temperature value:GAUGE:U:U",
    "if_octets rx:DERIVE:0:U tx:DERIVE:0:U",
    "mixed a:COUNTER:U:U b:GAUGE:U:U c:DERIVE:U:U d:ABSOLUTE:0:U",
};

static struct set {
  data_set_t ds;
  struct set *next;
} *sets;

static struct set **find(const char *name) {
  struct set **at = &sets;
  while (*at != NULL && strcmp((*at)->ds.type, name) != 0)
    at = &(*at)->next;
  return at;
}

static bool remove_set(const char *name) {
  struct set **at = find(name);
  struct set *set = *at;
  if (set == NULL)
    return false;
  *at = set->next;
  free(set->ds.ds);
  free(set);
  return true;
}

static void add_set(const data_set_t *ds) {
  remove_set(ds->type);
  struct set *set = must_alloc(1, sizeof(*set));
  set->ds = *ds;
  set->ds.ds = must_alloc(ds->ds_num, sizeof(*ds->ds));
  memcpy(set->ds.ds, ds->ds, ds->ds_num * sizeof(*ds->ds));
  set->next = sets;
  sets = set;
}

static double limit(const char *word) {
  return strcmp(word, "U") == 0 ? NAN : strtod(word, NULL);
}

static bool parse_source(data_source_t *source, char *word) {
  /* The last one is a kind that no daemon has. */
  static const char *const kinds[] = {"COUNTER", "GAUGE", "DERIVE", "ABSOLUTE",
                                      "UNKNOWN"};
  char *rest = word;
  char *name = strsep(&rest, ":");
  char *kind = strsep(&rest, ":");
  char *min = strsep(&rest, ":");
  if (kind == NULL || min == NULL || rest == NULL)
    return false;
  copy_name(source->name, sizeof(source->name), name);
  for (source->type = 0; source->type < 5; source->type++)
    if (strcmp(kinds[source->type], kind) == 0)
      break;
  source->min = limit(min);
  source->max = limit(rest);
  return source->type < 5;
}

bool type_add(char **words, size_t num) {
  if (num < 2)
    return false;
  data_source_t sources[16];
  data_set_t ds = {.ds_num = num - 1, .ds = sources};
  memset(sources, 0, sizeof(sources));
  copy_name(ds.type, sizeof(ds.type), words[0]);
  if (ds.ds_num > sizeof(sources) / sizeof(*sources))
    return false;
  for (size_t i = 0; i < ds.ds_num; i++)
    if (!parse_source(&sources[i], words[i + 1]))
      return false;
  add_set(&ds);
  return true;
}

void line_kinds(line_t *l, const char *type) {
  struct set *set = *find(type);
  char kinds[64] = "";
  for (size_t i = 0; set != NULL && i < set->ds.ds_num && i < 16; i++) {
    size_t len = strlen(kinds);
    snprintf(kinds + len, sizeof(kinds) - len, "%s%i", i > 0 ? "," : "",
             set->ds.ds[i].type);
  }
  line_word(l, "kinds", kinds);
}

bool types_read(const char *path) {
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t size = 0;
  while (file != NULL && getline(&line, &size, file) > 0) {
    for (char *p = line; *p != 0; p++)
      *p = *p == ',' ? ' ' : *p;
    char *words[32];
    size_t num = split_words(line, words, 32);
    if (num > 1 && words[0][0] != '#')
      type_add(words, num);
  }
  free(line);
  if (file != NULL)
    fclose(file);
  return file != NULL;
}

void types_reset(void) {
  while (sets != NULL)
    remove_set(sets->ds.type);
  for (size_t i = 0; i < sizeof(builtin) / sizeof(*builtin); i++) {
    char *line = must_copy(builtin[i]);
    char *words[16];
    type_add(words, split_words(line, words, 16));
    free(line);
  }
}

/* There from the start, so that looking a type up needs no lock. */
__attribute__((constructor)) static void types_start(void) { types_reset(); }

const data_set_t *plugin_get_ds(const char *name) {
  struct set *set = *find(name);
  if (set == NULL)
    daemon_says(SEV_DEBUG, "plugin_get_ds: no type \"%s\"", name);
  return set != NULL ? &set->ds : NULL;
}

int plugin_register_data_set(const data_set_t *ds) {
  if (probe(K_COUNT, NULL))
    return 0;
  line_t l = line_start("data-set");
  line_text(&l, "type", ds->type);
  for (size_t i = 0; i < ds->ds_num; i++) {
    line_text(&l, "source", ds->ds[i].name);
    line_int(&l, "kind", ds->ds[i].type);
    line_double(&l, "min", ds->ds[i].min);
    line_double(&l, "max", ds->ds[i].max);
  }
  line_end(&l);
  add_set(ds);
  return 0;
}

int plugin_unregister_data_set(const char *name);
int plugin_unregister_data_set(const char *name) {
  return remove_set(name) ? 0 : -1;
}

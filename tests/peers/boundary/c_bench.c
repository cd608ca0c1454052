/* The work that driver.c measures, in C: what the others are compared with. */
#define _GNU_SOURCE
#include "plugin.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

char *sstrncpy(char *dest, const char *src, size_t n); /* the daemon's */

static const char *const TYPES[] = {"if_octets", "if_packets", "if_errors", "gauge"};
#define NUM_LISTS 8

/* Not known to the compiler, as for a plugin that reads them from the system. */
char interfaces[2][16] = {"eth0", "wlp0s20f3"};
char parts[2][16] = {"total", "per-second"};

static atomic_bool name_only;
static atomic_ullong sum;

/* As C plugins do it: a structure on the stack. */
static void build(value_list_t *vl, value_t *values, size_t i) {
  const char *type = TYPES[i % 4];
  vl->values = values;
  if (type[0] == 'g') {
    values[0].gauge = i;
    vl->values_len = 1;
  } else {
    values[0].derive = i;
    values[1].derive = 2 * i;
    vl->values_len = 2;
  }
  sstrncpy(vl->plugin, "c_bench", sizeof(vl->plugin));
  sstrncpy(vl->plugin_instance, interfaces[i / 4 % 2], sizeof(vl->plugin_instance));
  sstrncpy(vl->type, type, sizeof(vl->type));
  sstrncpy(vl->type_instance, parts[i / 4 % 2], sizeof(vl->type_instance));
}

static void add_meta(value_list_t *vl, size_t i) {
  vl->meta = meta_data_create();
  meta_data_add_string(vl->meta, "source", "the benchmark");
  meta_data_add_unsigned_int(vl->meta, "serial", i);
}

static void dispatch_built(size_t count, bool with_meta) {
  for (size_t i = 0; i < count; i++) {
    value_list_t vl = VALUE_LIST_INIT;
    value_t values[2];
    build(&vl, values, i);
    if (with_meta)
      add_meta(&vl, i);
    plugin_dispatch_values(&vl);
    meta_data_destroy(vl.meta);
  }
}

/* The same lists over and over. */
static void dispatch_kept(size_t count, bool with_meta) {
  value_list_t vls[NUM_LISTS];
  value_t values[NUM_LISTS][2];
  for (size_t k = 0; k < NUM_LISTS; k++) {
    vls[k] = (value_list_t)VALUE_LIST_INIT;
    build(&vls[k], values[k], k);
    if (with_meta)
      add_meta(&vls[k], k);
  }
  for (size_t i = 0; i < count; i++)
    plugin_dispatch_values(&vls[i % NUM_LISTS]);
  for (size_t k = 0; k < NUM_LISTS; k++)
    meta_data_destroy(vls[k].meta);
}

static int report(void) {
  value_list_t vl = VALUE_LIST_INIT;
  vl.values = &(value_t){.derive = (derive_t)(sum & INT64_MAX)};
  vl.values_len = 1;
  sstrncpy(vl.plugin, "c_bench", sizeof(vl.plugin));
  sstrncpy(vl.type, "derive", sizeof(vl.type));
  sstrncpy(vl.type_instance, "checksum", sizeof(vl.type_instance));
  return plugin_dispatch_values(&vl);
}

static int flush(cdtime_t timeout, const char *request, user_data_t *ud) {
  (void)timeout;
  (void)ud;
  char verb[16], work[16];
  size_t count;
  if (request == NULL || sscanf(request, "%15[^/]/%15[^/]/%zu", verb, work, &count) != 3)
    return 0;
  if (strcmp(verb, "write") == 0) {
    name_only = strcmp(work, "name") == 0;
    sum = 0;
  } else if (strcmp(verb, "result") == 0)
    return report();
  else if (strcmp(work, "built") == 0)
    dispatch_built(count, false);
  else if (strcmp(work, "meta") == 0)
    dispatch_built(count, true);
  else
    dispatch_kept(count, strcmp(work, "kept_meta") == 0);
  return 0;
}

static double number(int kind, value_t value) {
  switch (kind) {
  case DS_TYPE_GAUGE:
    return value.gauge;
  case DS_TYPE_DERIVE:
    return (double)value.derive;
  case DS_TYPE_COUNTER:
    return (double)value.counter;
  default:
    return (double)value.absolute;
  }
}

/* How long each name is, and the numbers. */
static int write_all(const data_set_t *ds, const value_list_t *vl, user_data_t *ud) {
  (void)ud;
  unsigned long long seen;
  if (atomic_load_explicit(&name_only, memory_order_relaxed)) {
    seen = strcmp(vl->plugin, "interface") == 0;
  } else {
    seen = strlen(vl->host) + 2 * strlen(vl->plugin) + 3 * strlen(vl->plugin_instance) + 5 * strlen(vl->type) +
           7 * strlen(vl->type_instance);
    seen += (vl->time >> 30) + (vl->interval >> 30);
    double total = 0;
    for (size_t i = 0; i < vl->values_len; i++)
      total += number(ds->ds[i].type, vl->values[i]);
    seen += (unsigned long long)total;
  }
  atomic_fetch_add_explicit(&sum, seen, memory_order_relaxed);
  return 0;
}

void module_register(void) {
  plugin_register_flush("c_bench", flush, NULL);
  plugin_register_write("c_bench", write_all, NULL);
}

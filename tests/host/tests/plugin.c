/*
 * A plugin against the installed headers: what it registers, its environment
 * says. Data of callbacks is malloc'ed text, so that valgrind sees misuse.
 */
#include "plugin.h"

#include "utils_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wants(const char *what) {
  const char *all = getenv("PLUGIN_WANTS");
  return all != NULL && strstr(all, what) != NULL;
}

static void free_data(void *data) {
  INFO("freeing %s", (char *)data);
  free(data);
}

static user_data_t data(const char *text) {
  user_data_t ud = {.data = strdup(text), .free_func = free_data};
  return ud;
}

static int config(oconfig_item_t *ci) {
  for (int i = 0; i < ci->children_num; i++) {
    oconfig_item_t *c = &ci->children[i];
    if (c->parent != ci || c->values_num != 1)
      return -1;
    oconfig_value_t *v = &c->values[0];
    if (v->type == OCONFIG_TYPE_STRING)
      NOTICE("%s = \"%s\"", c->key, v->value.string);
    if (v->type == OCONFIG_TYPE_NUMBER)
      NOTICE("%s = %g", c->key, v->value.number);
    if (v->type == OCONFIG_TYPE_BOOLEAN)
      NOTICE("%s = %s", c->key, v->value.boolean ? "true" : "false");
  }
  return 0;
}

static int other_config(__attribute__((unused)) oconfig_item_t *ci) {
  return -1;
}

static int init(void) {
  INFO("interval %.3f host %s", CDTIME_T_TO_DOUBLE(plugin_get_interval()),
       hostname_g);
  if (wants("print")) {
    printf("done ok=0\nno end");
    fflush(stdout);
  }
  return wants("bad-init") ? -1 : 0;
}

static int dispatch(void) {
  value_t values[] = {{.gauge = 1.5}, {.gauge = -2}, {.gauge = 0}};
  value_list_t vl = VALUE_LIST_INIT;
  vl.values = values;
  vl.values_len = 3;
  strcpy(vl.plugin, "sample");
  strcpy(vl.plugin_instance, "caf\xc3\xa9");
  strcpy(vl.type, "load");
  vl.meta = meta_data_create();
  meta_data_add_string(vl.meta, "Text", "a \"b\"");
  meta_data_add_signed_int(vl.meta, "i", -7);
  meta_data_add_unsigned_int(vl.meta, "u", UINT64_MAX);
  meta_data_add_double(vl.meta, "d", 0.25);
  meta_data_add_boolean(vl.meta, "b", true);
  int status = plugin_dispatch_values(&vl);
  meta_data_destroy(vl.meta);
  return status;
}

static int read_data(user_data_t *ud) {
  INFO("reading %s", (char *)ud->data);
  if (wants("bad-read"))
    return -1;
  return dispatch();
}

static int write_values(const data_set_t *ds, const value_list_t *vl,
                        user_data_t *ud) {
  if (((char *)ud->data)[0] != 'w' || ds->ds_num != vl->values_len)
    return -1;
  char *text = NULL;
  if (vl->meta != NULL && meta_data_get_string(vl->meta, "text", &text) == 0 &&
      !wants("leak"))
    free(text);
  gauge_t *rates = uc_get_rate(ds, vl);
  if (!wants("leak"))
    free(rates);
  return wants("bad-write") ? -1 : 0;
}

static int flush(cdtime_t timeout, const char *identifier, user_data_t *ud) {
  INFO("flushing %s %.3f %s", (char *)ud->data, CDTIME_T_TO_DOUBLE(timeout),
       identifier != NULL ? identifier : "-");
  return 0;
}

static void log_text(__attribute__((unused)) int severity,
                     __attribute__((unused)) const char *text,
                     user_data_t *ud) {
  if (wants("recursion"))
    ERROR("log callback %s logs", (char *)ud->data);
}

static void quiet_free(void *text) { free(text); }

static int missing(const value_list_t *vl, user_data_t *ud) {
  NOTICE("%s misses %s %zu", (char *)ud->data, vl->plugin, vl->values_len);
  return vl->values == NULL ? 0 : -1;
}

static int notification(const notification_t *n, user_data_t *ud) {
  NOTICE("%s hears %d %s", (char *)ud->data, n->severity, n->message);
  return 0;
}

static int event(cache_event_t *e, user_data_t *ud) {
  NOTICE("%s sees %d %s", (char *)ud->data, e->type, e->value_list_name);
  return 0;
}

static int stop(void) {
  INFO("stop");
  return 0;
}

static void register_reads(void) {
  user_data_t first = data("first"), second = data("second");
  plugin_register_complex_read("group", "sample", read_data,
                               TIME_T_TO_CDTIME_T(3), &first);
  plugin_register_complex_read(NULL, "sample", read_data, 0, &second);
}

void module_register(void) {
  plugin_register_complex_config("sample", config);
  plugin_register_complex_config("sample", other_config);
  plugin_register_init("sample", init);
  if (wants("read"))
    register_reads();
  user_data_t w = data("write"), f = data("flush"), m = data("missing"),
              n = data("notification"), e = data("event"), l = data("log");
  l.free_func = quiet_free;
  if (wants("twice")) {
    user_data_t other = data("write-old");
    plugin_register_write("sample", write_values, &other);
  }
  plugin_register_write("sample", write_values, &w);
  plugin_register_flush("sample", flush, &f);
  plugin_register_missing("sample", missing, &m);
  plugin_register_notification("sample", notification, &n);
  plugin_register_cache_event("sample", event, &e);
  plugin_register_log("sample", log_text, &l);
  plugin_register_shutdown("sample", stop);
}

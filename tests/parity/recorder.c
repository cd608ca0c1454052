/*
 * What leaves the daemon, seen by a third party: every value list, notification
 * and flush request goes to a file, one line each and all of it.
 *
 * A notification to plugin "recorder" is an order: "write NAME" passes a value
 * to that writer alone, and its status is recorded.
 */
#include "plugin.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;

/* Bytes that are not printable ASCII as \xNN: one line stays one line. */
static void put_text(const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
    if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
      fprintf(file, "\\x%02x", *c);
    else
      fputc(*c, file);
  }
}

static void put_part(const char *before, const char *text) {
  if (text[0] == 0)
    return;
  fputs(before, file);
  put_text(text);
}

static void put_identifier(const char *host, const char *plugin,
                           const char *plugin_instance, const char *type,
                           const char *type_instance) {
  put_text(host);
  fputc('/', file);
  put_text(plugin);
  put_part("-", plugin_instance);
  fputc('/', file);
  put_text(type);
  put_part("-", type_instance);
}

static void put_value(int kind, value_t value) {
  if (kind == DS_TYPE_GAUGE)
    fprintf(file, " gauge %.17g", value.gauge);
  else if (kind == DS_TYPE_DERIVE)
    fprintf(file, " derive %" PRIi64, value.derive);
  else if (kind == DS_TYPE_COUNTER)
    fprintf(file, " counter %" PRIu64, (uint64_t)value.counter);
  else
    fprintf(file, " absolute %" PRIu64, value.absolute);
}

static void put_string(const char *text) {
  fputs("string \"", file);
  put_text(text);
  fputc('"', file);
}

static void put_meta(meta_data_t *meta, const char *key) {
  char *text;
  int64_t number;
  uint64_t natural;
  double fraction;
  bool truth;

  put_part(" ", key);
  fputs("=", file);
  int type = meta_data_type(meta, key);
  if (type == MD_TYPE_STRING && meta_data_get_string(meta, key, &text) == 0) {
    put_string(text);
    free(text);
  } else if (type == MD_TYPE_SIGNED_INT &&
             meta_data_get_signed_int(meta, key, &number) == 0)
    fprintf(file, "signed %" PRIi64, number);
  else if (type == MD_TYPE_UNSIGNED_INT &&
           meta_data_get_unsigned_int(meta, key, &natural) == 0)
    fprintf(file, "unsigned %" PRIu64, natural);
  else if (type == MD_TYPE_DOUBLE &&
           meta_data_get_double(meta, key, &fraction) == 0)
    fprintf(file, "double %.17g", fraction);
  else if (type == MD_TYPE_BOOLEAN &&
           meta_data_get_boolean(meta, key, &truth) == 0)
    fputs(truth ? "boolean true" : "boolean false", file);
}

static void put_all_meta(meta_data_t *meta) {
  char **keys = NULL;
  int count = meta == NULL ? 0 : meta_data_toc(meta, &keys);

  if (meta != NULL)
    fputs(" meta:", file);
  for (int i = 0; i < count; i++) {
    put_meta(meta, keys[i]);
    free(keys[i]);
  }
  free(keys);
}

static int record_values(const data_set_t *ds, const value_list_t *vl,
                         user_data_t *ud) {
  (void)ud;
  pthread_mutex_lock(&lock);
  fputs("values ", file);
  put_identifier(vl->host, vl->plugin, vl->plugin_instance, vl->type,
                 vl->type_instance);
  fprintf(file, " time=%" PRIu64 " interval=%" PRIu64 ":", vl->time,
          vl->interval);
  for (size_t i = 0; i < vl->values_len && i < ds->ds_num; i++)
    put_value(ds->ds[i].type, vl->values[i]);
  put_all_meta(vl->meta);
  fputc('\n', file);
  fflush(file);
  pthread_mutex_unlock(&lock);
  return 0;
}

static void put_notification_meta(const notification_meta_t *meta) {
  put_part(" ", meta->name);
  fputs("=", file);
  if (meta->type == NM_TYPE_STRING)
    put_string(meta->nm_value.nm_string);
  else if (meta->type == NM_TYPE_SIGNED_INT)
    fprintf(file, "signed %" PRIi64, meta->nm_value.nm_signed_int);
  else if (meta->type == NM_TYPE_UNSIGNED_INT)
    fprintf(file, "unsigned %" PRIu64, meta->nm_value.nm_unsigned_int);
  else if (meta->type == NM_TYPE_DOUBLE)
    fprintf(file, "double %.17g", meta->nm_value.nm_double);
  else if (meta->type == NM_TYPE_BOOLEAN)
    fputs(meta->nm_value.nm_boolean ? "boolean true" : "boolean false", file);
}

/* To one writer, past the queue: the only way to see what its callback returns. */
static void write_to(const char *writer) {
  value_t value = {.gauge = 42};
  value_list_t vl = {.values = &value, .values_len = 1, .time = cdtime()};
  vl.interval = TIME_T_TO_CDTIME_T(10);
  strcpy(vl.host, "testhost");
  strcpy(vl.plugin, "recorder");
  strcpy(vl.type, "gauge");
  int status = plugin_write(writer, NULL, &vl);

  pthread_mutex_lock(&lock);
  fprintf(file, "status %i of a write to %s\n", status, writer);
  fflush(file);
  pthread_mutex_unlock(&lock);
}

static int record_notification(const notification_t *n, user_data_t *ud) {
  (void)ud;
  if (strcmp(n->plugin, "recorder") == 0) {
    if (strncmp(n->message, "write ", 6) == 0)
      write_to(n->message + 6);
    return 0;
  }
  pthread_mutex_lock(&lock);
  fprintf(file, "notification severity %i ", n->severity);
  put_identifier(n->host, n->plugin, n->plugin_instance, n->type,
                 n->type_instance);
  fprintf(file, " time=%" PRIu64 ": \"", n->time);
  put_text(n->message);
  fputc('"', file);
  if (n->meta != NULL)
    fputs(" meta:", file);
  for (const notification_meta_t *m = n->meta; m != NULL; m = m->next)
    put_notification_meta(m);
  fputc('\n', file);
  fflush(file);
  pthread_mutex_unlock(&lock);
  return 0;
}

static int record_flush(cdtime_t timeout, const char *identifier,
                        user_data_t *ud) {
  (void)ud;
  pthread_mutex_lock(&lock);
  fprintf(file, "flush timeout=%" PRIu64, timeout);
  if (identifier != NULL) {
    fputs(" of ", file);
    put_text(identifier);
  }
  fputc('\n', file);
  fflush(file);
  pthread_mutex_unlock(&lock);
  return 0;
}

/* File: where to. Deaf true: no notification callback. */
static int config(oconfig_item_t *ci) {
  bool deaf = false;
  for (int i = 0; i < ci->children_num; i++) {
    oconfig_item_t *item = ci->children + i;
    if (strcmp(item->key, "File") == 0)
      file = fopen(item->values[0].value.string, "w");
    else if (strcmp(item->key, "Deaf") == 0)
      deaf = item->values[0].value.boolean;
  }
  if (file == NULL)
    return -1;
  plugin_register_write("recorder", record_values, NULL);
  plugin_register_flush("recorder", record_flush, NULL);
  return deaf ? 0
              : plugin_register_notification("recorder", record_notification,
                                             NULL);
}

void module_register(void) {
  plugin_register_complex_config("recorder", config);
}

/* Events: to a stream, or kept until somebody takes them. */
#include "fake.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *sink_stream;
static line_t sink_kept;
static _Thread_local char role[32] = "other";

static void append(line_t *l, const char *text, size_t len) {
  if (l->len + len + 1 > l->size) {
    l->size = (l->len + len + 1) * 2;
    l->text = realloc(l->text, l->size);
    if (l->text == NULL)
      abort();
  }
  memcpy(l->text + l->len, text, len);
  l->len += len;
  l->text[l->len] = 0;
}

static void append_key(line_t *l, const char *key) {
  append(l, " ", 1);
  append(l, key, strlen(key));
  append(l, "=", 1);
}

line_t line_start(const char *event) {
  line_t l = {0};
#ifdef LIBRARY
  guard_against_plugins();
#endif
  append(&l, event, strlen(event));
  return l;
}

void line_word(line_t *l, const char *key, const char *value) {
  append_key(l, key);
  append(l, value, strlen(value));
}

void line_name(line_t *l, const char *key, const char *value, size_t size) {
  append_key(l, key);
  append(l, "\"", 1);
  for (size_t i = 0; i < size && value[i] != 0; i++) {
    unsigned char c = (unsigned char)value[i];
    char hex[5];
    if (c == '"' || c == '\\') {
      append(l, "\\", 1);
      append(l, &value[i], 1);
    } else if (c < 0x20 || c >= 0x7f) {
      snprintf(hex, sizeof(hex), "\\x%02x", c);
      append(l, hex, 4);
    } else {
      append(l, &value[i], 1);
    }
  }
  append(l, "\"", 1);
}

void line_text(line_t *l, const char *key, const char *value) {
  if (value == NULL)
    line_word(l, key, "-");
  else
    line_name(l, key, value, strlen(value));
}

void line_int(line_t *l, const char *key, long long value) {
  char text[32];
  snprintf(text, sizeof(text), "%lld", value);
  line_word(l, key, text);
}

void line_uint(line_t *l, const char *key, unsigned long long value) {
  char text[32];
  snprintf(text, sizeof(text), "%llu", value);
  line_word(l, key, text);
}

void line_double(line_t *l, const char *key, double value) {
  char text[64];
  snprintf(text, sizeof(text), "%.17g", value);
  line_word(l, key, text);
}

void line_bits(line_t *l, const char *key, const value_t *values, size_t num) {
  append_key(l, key);
  for (size_t i = 0; i < num; i++) {
    char text[20];
    int len = snprintf(text, sizeof(text), "%s%016" PRIx64, i > 0 ? "," : "",
                       values[i].absolute);
    append(l, text, (size_t)len);
  }
}

void line_value_list(line_t *l, const value_list_t *vl) {
  line_name(l, "host", vl->host, NAME_LEN);
  line_name(l, "plugin", vl->plugin, NAME_LEN);
  line_name(l, "plugin_instance", vl->plugin_instance, NAME_LEN);
  line_name(l, "type", vl->type, NAME_LEN);
  line_name(l, "type_instance", vl->type_instance, NAME_LEN);
  line_uint(l, "time", vl->time);
  line_uint(l, "interval", vl->interval);
  line_uint(l, "values_len", vl->values_len);
  line_bits(l, "values", vl->values, vl->values != NULL ? vl->values_len : 0);
  meta_line(l, vl->meta);
}

void line_end(line_t *l) {
  append(l, "\n", 1);
  pthread_mutex_lock(&sink_lock);
  if (sink_stream != NULL) {
    fwrite(l->text, 1, l->len, sink_stream);
    fflush(sink_stream);
  } else {
    append(&sink_kept, l->text, l->len);
  }
  pthread_mutex_unlock(&sink_lock);
  free(l->text);
  *l = (line_t){0};
}

void emit_to(FILE *stream) { sink_stream = stream; }

char *fake_take(void) {
  pthread_mutex_lock(&sink_lock);
  char *text = sink_kept.text;
  sink_kept = (line_t){0};
  pthread_mutex_unlock(&sink_lock);
  return text != NULL ? text : must_copy("");
}

void abuse(const char *format, ...) {
  char text[512];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  line_t l = line_start("abuse");
  line_text(&l, "text", text);
  line_text(&l, "thread", role);
  line_end(&l);
}

void set_thread_role(const char *name) {
  snprintf(role, sizeof(role), "%s", name);
}

const char *thread_role(void) { return role; }

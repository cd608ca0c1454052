/* Value lists: copying them, naming them, reading them from a command. */
#define _GNU_SOURCE
#include "fake.h"

#include <stdlib.h>
#include <string.h>

char *format_name(const value_list_t *vl) {
  char *name = NULL;
  if (asprintf(&name, "%s/%s%s%s/%s%s%s", vl->host, vl->plugin,
               vl->plugin_instance[0] != 0 ? "-" : "", vl->plugin_instance,
               vl->type, vl->type_instance[0] != 0 ? "-" : "",
               vl->type_instance) < 0)
    abort();
  return name;
}

value_list_t *value_list_clone(const value_list_t *vl) {
  value_list_t *copy = must_alloc(1, sizeof(*copy));
  *copy = *vl;
  copy->values = must_alloc(vl->values_len, sizeof(*vl->values));
  if (vl->values != NULL)
    memcpy(copy->values, vl->values, vl->values_len * sizeof(*vl->values));
  copy->meta = meta_copy(vl->meta);
  return copy;
}

void value_list_free(value_list_t *vl) {
  meta_free(vl->meta);
  free(vl->values);
  free(vl);
}

/* Seconds, "now", or exact: "cdtime:N". */
cdtime_t parse_time(const char *word) {
  if (strcmp(word, "now") == 0)
    return cdtime();
  if (strncmp(word, "cdtime:", 7) == 0)
    return strtoull(word + 7, NULL, 0);
  return (cdtime_t)(strtod(word, NULL) * 1073741824.0);
}

static void split_instance(char *part, char *name, char *instance) {
  char *dash = strchr(part, '-');
  if (dash != NULL)
    *dash++ = 0;
  copy_name(name, NAME_LEN, part);
  copy_name(instance, NAME_LEN, dash != NULL ? dash : "");
}

bool parse_identifier(value_list_t *vl, const char *word) {
  char *copy = must_copy(word);
  char *plugin = strchr(copy, '/');
  char *type = plugin != NULL ? strchr(plugin + 1, '/') : NULL;
  if (type != NULL) {
    *plugin++ = 0;
    *type++ = 0;
    copy_name(vl->host, NAME_LEN, copy);
    split_instance(plugin, vl->plugin, vl->plugin_instance);
    split_instance(type, vl->type, vl->type_instance);
  }
  free(copy);
  return type != NULL;
}

static value_t parse_value(const char *word, int kind) {
  value_t value = {0};
  if (strncmp(word, "bits:", 5) == 0)
    value.absolute = strtoull(word + 5, NULL, 16);
  else if (kind == DS_DERIVE)
    value.derive = strtoll(word, NULL, 0);
  else if (kind == DS_GAUGE)
    value.gauge = strtod(word, NULL);
  else
    value.counter = strtoull(word, NULL, 0);
  return value;
}

/* Kinds come from the type; values beyond it are gauges. */
static void parse_values(value_list_t *vl, char *word) {
  const data_set_t *ds = plugin_get_ds(vl->type);
  if (strcmp(word, "-") == 0)
    return;
  for (char *one; (one = strsep(&word, ",")) != NULL; vl->values_len++) {
    size_t i = vl->values_len;
    vl->values = realloc(vl->values, (i + 1) * sizeof(*vl->values));
    if (vl->values == NULL)
      abort();
    int kind = ds != NULL && i < ds->ds_num ? ds->ds[i].type : DS_GAUGE;
    vl->values[i] = parse_value(one, kind);
  }
}

/* meta:KEY=KIND:VALUE, where KIND is s, i, u, d or b. */
static bool parse_meta(value_list_t *vl, char *word) {
  char *rest = word;
  char *key = strsep(&rest, "=");
  if (rest == NULL || rest[0] == 0 || rest[1] != ':')
    return false;
  if (vl->meta == NULL)
    vl->meta = meta_new();
  const char *value = rest + 2;
  switch (rest[0]) {
  case 's':
    return meta_data_add_string(vl->meta, key, value) == 0;
  case 'i':
    return meta_data_add_signed_int(vl->meta, key,
                                    strtoll(value, NULL, 0)) == 0;
  case 'u':
    return meta_data_add_unsigned_int(vl->meta, key,
                                      strtoull(value, NULL, 0)) == 0;
  case 'd':
    return meta_data_add_double(vl->meta, key, strtod(value, NULL)) == 0;
  case 'b':
    return meta_data_add_boolean(vl->meta, key, strcmp(value, "true") == 0) ==
           0;
  default:
    return false;
  }
}

bool parse_part(value_list_t *vl, char *word) {
  const struct {
    const char *key;
    char *to;
  } parts[] = {{"host=", vl->host},
               {"plugin=", vl->plugin},
               {"plugin_instance=", vl->plugin_instance},
               {"type=", vl->type},
               {"type_instance=", vl->type_instance}};
  for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
    size_t len = strlen(parts[i].key);
    if (strncmp(word, parts[i].key, len) == 0) {
      copy_name(parts[i].to, NAME_LEN, word + len);
      return true;
    }
  }
  return false;
}

bool parse_value_list(value_list_t *vl, char **words, size_t num) {
  if (num < 4 || !parse_identifier(vl, words[0]))
    return false;
  vl->time = parse_time(words[1]);
  vl->interval = parse_time(words[2]);
  for (size_t i = 4; i < num; i++) {
    bool meta = strncmp(words[i], "meta:", 5) == 0;
    if (meta ? !parse_meta(vl, words[i] + 5) : !parse_part(vl, words[i]))
      return false;
  }
  parse_values(vl, words[3]);
  return true;
}

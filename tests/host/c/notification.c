/* Notifications, both ways, and their meta data. */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned long created;
static unsigned long freed;

static int add(notification_t *n, const char *name, notification_meta_t value) {
  if (n == NULL || name == NULL)
    return -EINVAL;
  notification_meta_t *m = must_alloc(1, sizeof(*m));
  *m = value;
  copy_name(m->name, sizeof(m->name), name);
  m->next = NULL;
  notification_meta_t **at = &n->meta;
  while (*at != NULL)
    at = &(*at)->next;
  *at = m;
  __atomic_add_fetch(&created, 1, __ATOMIC_RELAXED);
  return 0;
}

#define ADD(what, argument, kind, member, given)                               \
  int plugin_notification_meta_add_##what(notification_t *n, const char *name, \
                                          argument value);                     \
  int plugin_notification_meta_add_##what(notification_t *n, const char *name, \
                                          argument value) {                    \
    return add(n, name,                                                        \
               (notification_meta_t){.type = kind, .nm_value.member = given}); \
  }

ADD(string, const char *, NM_STRING, nm_string, must_copy(value))
ADD(signed_int, int64_t, NM_SIGNED, nm_signed_int, value)
ADD(unsigned_int, uint64_t, NM_UNSIGNED, nm_unsigned_int, value)
ADD(double, double, NM_DOUBLE, nm_double, value)
ADD(boolean, bool, NM_BOOLEAN, nm_boolean, value)

int plugin_notification_meta_copy(notification_t *to, const notification_t *of);
int plugin_notification_meta_copy(notification_t *to,
                                  const notification_t *of) {
  if (to == NULL || of == NULL)
    return -EINVAL;
  for (notification_meta_t *m = of->meta; m != NULL; m = m->next) {
    notification_meta_t copy = *m;
    if (m->type == NM_STRING)
      copy.nm_value.nm_string = must_copy(m->nm_value.nm_string);
    add(to, m->name, copy);
  }
  return 0;
}

int plugin_notification_meta_free(notification_meta_t *m) {
  if (m == NULL) {
    daemon_says(SEV_ERR, "plugin_notification_meta_free: n == NULL!");
    return -1;
  }
  while (m != NULL) {
    notification_meta_t *next = m->next;
    if (m->type == NM_STRING)
      free((void *)m->nm_value.nm_string);
    free(m);
    __atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED);
    m = next;
  }
  return 0;
}

static void show(const notification_t *n, const char *origin) {
  line_t l = line_start("notification");
  line_int(&l, "severity", n->severity);
  line_uint(&l, "time", n->time);
  line_name(&l, "message", n->message, MESSAGE_LEN);
  line_name(&l, "host", n->host, NAME_LEN);
  line_name(&l, "plugin", n->plugin, NAME_LEN);
  line_name(&l, "plugin_instance", n->plugin_instance, NAME_LEN);
  line_name(&l, "type", n->type, NAME_LEN);
  line_name(&l, "type_instance", n->type_instance, NAME_LEN);
  for (notification_meta_t *m = n->meta; m != NULL; m = m->next) {
    line_name(&l, "meta", m->name, NAME_LEN);
    if (m->type == NM_STRING)
      line_text(&l, "string", m->nm_value.nm_string);
    if (m->type == NM_SIGNED)
      line_int(&l, "signed", m->nm_value.nm_signed_int);
    if (m->type == NM_UNSIGNED)
      line_uint(&l, "unsigned", m->nm_value.nm_unsigned_int);
    if (m->type == NM_DOUBLE)
      line_double(&l, "double", m->nm_value.nm_double);
    if (m->type == NM_BOOLEAN)
      line_int(&l, "boolean", m->nm_value.nm_boolean);
  }
  line_word(&l, "origin", origin);
  line_end(&l);
}

static int dispatch(const notification_t *n) {
  /* Nobody listens. */
  if (list_head(K_NOTIFICATION) == NULL)
    return -1;
  for (node_t *node = list_head(K_NOTIFICATION); node != NULL;
       node = node->next) {
    callback_t *cb = node->cb;
    int status = ((notification_cb)cb->fn)(n, &cb->ud);
    returned("notification", cb->name, status);
    if (status != 0)
      daemon_says(SEV_WARNING, "notification callback %s returned %i.",
                  cb->name, status);
  }
  return 0;
}

int plugin_dispatch_notification(const notification_t *n) {
  show(n, "plugin");
  return dispatch(n);
}

/* KEY=KIND:VALUE, where KIND is s, i, u, d or b. */
static bool add_meta(notification_t *n, char *word) {
  char *kind = strchr(word, '=');
  if (kind == NULL || kind[1] == 0 || kind[2] != ':')
    return false;
  *kind++ = 0;
  const char *value = kind + 2;
  switch (*kind) {
  case 's':
    return plugin_notification_meta_add_string(n, word, value) == 0;
  case 'i':
    return plugin_notification_meta_add_signed_int(n, word,
                                                   strtoll(value, NULL, 0)) == 0;
  case 'u':
    return plugin_notification_meta_add_unsigned_int(
               n, word, strtoull(value, NULL, 0)) == 0;
  case 'd':
    return plugin_notification_meta_add_double(n, word, strtod(value, NULL)) ==
           0;
  case 'b':
    return plugin_notification_meta_add_boolean(
               n, word, strcmp(value, "true") == 0) == 0;
  default:
    return false;
  }
}

/* What follows the message: text meta data as key=value, meta:… of any kind,
   and part:… of the identifier, before it is used. */
static bool add_word(notification_t *n, char *word) {
  if (strncmp(word, "part:", 5) == 0)
    return true;
  if (strncmp(word, "meta:", 5) == 0)
    return add_meta(n, word + 5);
  char *value = strchr(word, '=');
  if (value == NULL)
    return false;
  *value++ = 0;
  return plugin_notification_meta_add_string(n, word, value) == 0;
}

static bool take_parts(value_list_t *vl, char **words, size_t num) {
  for (size_t i = 0; i < num; i++)
    if (strncmp(words[i], "part:", 5) == 0 && !parse_part(vl, words[i] + 5))
      return false;
  return true;
}

/* SEVERITY TIME IDENT MESSAGE [WORD]… */
int notification_run(char **words, size_t num) {
  value_list_t vl = {0};
  if (num < 4 || !parse_identifier(&vl, words[2]) ||
      !take_parts(&vl, words + 4, num - 4))
    return -EINVAL;
  notification_t n = {.severity = atoi(words[0]), .time = parse_time(words[1])};
  copy_name(n.message, sizeof(n.message), words[3]);
  copy_name(n.host, NAME_LEN, vl.host);
  copy_name(n.plugin, NAME_LEN, vl.plugin);
  copy_name(n.plugin_instance, NAME_LEN, vl.plugin_instance);
  copy_name(n.type, NAME_LEN, vl.type);
  copy_name(n.type_instance, NAME_LEN, vl.type_instance);
  bool good = true;
  for (size_t i = 4; i < num; i++)
    good = good && add_word(&n, words[i]);
  if (good)
    show(&n, "daemon");
  int status = good ? dispatch(&n) : -EINVAL;
  if (n.meta != NULL)
    plugin_notification_meta_free(n.meta);
  return status;
}

void notification_reset(void) { created = freed = 0; }

void notification_stats(line_t *l) {
  line_uint(l, "notification_meta_created", created);
  line_uint(l, "notification_meta_freed", freed);
}

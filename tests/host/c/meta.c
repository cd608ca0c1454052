/* Meta data: a list of entries behind a lock; keys compare without case. */
#define _GNU_SOURCE
#include "fake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct entry_s {
  char *key;
  int type;
  union {
    char *text;
    int64_t i;
    uint64_t u;
    double d;
    bool b;
  } value;
  struct entry_s *next;
} entry_t;

struct meta_data_s {
  entry_t *entries;
  pthread_mutex_t lock;
};

static unsigned long created;
static unsigned long destroyed;

static void entry_free(entry_t *e) {
  if (e->type == MD_STRING)
    free(e->value.text);
  free(e->key);
  free(e);
}

static entry_t **find(meta_data_t *md, const char *key) {
  entry_t **at = &md->entries;
  while (*at != NULL && strcasecmp((*at)->key, key) != 0)
    at = &(*at)->next;
  return at;
}

static int put(meta_data_t *md, const char *key, entry_t value) {
  if (md == NULL || key == NULL)
    return -EINVAL;
  entry_t *e = must_alloc(1, sizeof(*e));
  *e = value;
  e->key = must_copy(key);
  if (e->type == MD_STRING)
    e->value.text = must_copy(e->value.text);
  pthread_mutex_lock(&md->lock);
  entry_t **at = find(md, key);
  entry_t *old = *at;
  e->next = old != NULL ? old->next : NULL;
  *at = e;
  pthread_mutex_unlock(&md->lock);
  if (old != NULL)
    entry_free(old);
  return 0;
}

meta_data_t *meta_data_create(void) {
  meta_data_t *md = must_alloc(1, sizeof(*md));
  pthread_mutex_init(&md->lock, NULL);
  __atomic_add_fetch(&created, 1, __ATOMIC_RELAXED);
  return md;
}

void meta_data_destroy(meta_data_t *md) {
  if (md == NULL)
    return;
  while (md->entries != NULL) {
    entry_t *e = md->entries;
    md->entries = e->next;
    entry_free(e);
  }
  pthread_mutex_destroy(&md->lock);
  free(md);
  __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

int meta_data_clone_merge(meta_data_t **to, meta_data_t *from);
int meta_data_clone_merge(meta_data_t **to, meta_data_t *from) {
  if (from == NULL)
    return 0;
  if (*to == NULL)
    *to = meta_data_create();
  pthread_mutex_lock(&from->lock);
  for (entry_t *e = from->entries; e != NULL; e = e->next)
    put(*to, e->key, *e);
  pthread_mutex_unlock(&from->lock);
  return 0;
}

meta_data_t *meta_data_clone(meta_data_t *from) {
  meta_data_t *copy = NULL;
  meta_data_clone_merge(&copy, from);
  return copy;
}

int meta_data_exists(meta_data_t *md, const char *key) {
  if (md == NULL || key == NULL)
    return -EINVAL;
  pthread_mutex_lock(&md->lock);
  int exists = *find(md, key) != NULL;
  pthread_mutex_unlock(&md->lock);
  return exists;
}

int meta_data_type(meta_data_t *md, const char *key);
int meta_data_type(meta_data_t *md, const char *key) {
  if (md == NULL || key == NULL)
    return -EINVAL;
  pthread_mutex_lock(&md->lock);
  entry_t *e = *find(md, key);
  int type = e != NULL ? e->type : 0;
  pthread_mutex_unlock(&md->lock);
  return type;
}

int meta_data_toc(meta_data_t *md, char ***toc) {
  if (md == NULL || toc == NULL)
    return -EINVAL;
  pthread_mutex_lock(&md->lock);
  int num = 0;
  for (entry_t *e = md->entries; e != NULL; e = e->next)
    num++;
  /* Nothing there: the caller's pointer stays as it is. */
  if (num > 0) {
    *toc = hand_out(T_TOC, must_alloc((size_t)num, sizeof(**toc)));
    int i = 0;
    for (entry_t *e = md->entries; e != NULL; e = e->next)
      (*toc)[i++] = hand_out(T_STRING, must_copy(e->key));
  }
  pthread_mutex_unlock(&md->lock);
  return num;
}

int meta_data_delete(meta_data_t *md, const char *key) {
  if (md == NULL || key == NULL)
    return -EINVAL;
  pthread_mutex_lock(&md->lock);
  entry_t **at = find(md, key);
  entry_t *e = *at;
  if (e != NULL)
    *at = e->next;
  pthread_mutex_unlock(&md->lock);
  if (e == NULL)
    return -ENOENT;
  entry_free(e);
  return 0;
}

int meta_data_add_string(meta_data_t *md, const char *key, const char *value) {
  if (value == NULL)
    return -EINVAL;
  return put(md, key,
             (entry_t){.type = MD_STRING, .value.text = (char *)value});
}

int meta_data_add_signed_int(meta_data_t *md, const char *key, int64_t value) {
  return put(md, key, (entry_t){.type = MD_SIGNED, .value.i = value});
}

int meta_data_add_unsigned_int(meta_data_t *md, const char *key,
                               uint64_t value) {
  return put(md, key, (entry_t){.type = MD_UNSIGNED, .value.u = value});
}

int meta_data_add_double(meta_data_t *md, const char *key, double value) {
  return put(md, key, (entry_t){.type = MD_DOUBLE, .value.d = value});
}

int meta_data_add_boolean(meta_data_t *md, const char *key, bool value) {
  return put(md, key, (entry_t){.type = MD_BOOLEAN, .value.b = value});
}

/* Copies the value of the wanted type; its text is the caller's to free. */
static int pick(meta_data_t *md, const char *key, int type, entry_t *out) {
  if (md == NULL || key == NULL)
    return -EINVAL;
  pthread_mutex_lock(&md->lock);
  entry_t *e = *find(md, key);
  int status = e != NULL && e->type == type ? 0 : -ENOENT;
  if (status == 0) {
    out->value = e->value;
    if (type == MD_STRING)
      out->value.text = hand_out(T_STRING, must_copy(e->value.text));
  }
  pthread_mutex_unlock(&md->lock);
  if (status != 0 && e != NULL)
    daemon_says(SEV_ERR, "meta_data: Type mismatch for key `%s'", key);
  return status;
}

#define GET(what, kind, type, member)                                          \
  int meta_data_get_##what(meta_data_t *md, const char *key, type *value) {    \
    entry_t e;                                                                 \
    if (value == NULL)                                                         \
      return -EINVAL;                                                          \
    int status = pick(md, key, kind, &e);                                      \
    if (status == 0)                                                           \
      *value = e.value.member;                                                 \
    return status;                                                             \
  }

GET(string, MD_STRING, char *, text)
GET(signed_int, MD_SIGNED, int64_t, i)
GET(unsigned_int, MD_UNSIGNED, uint64_t, u)
GET(double, MD_DOUBLE, double, d)
GET(boolean, MD_BOOLEAN, bool, b)

int meta_data_as_string(meta_data_t *md, const char *key, char **value);
int meta_data_as_string(meta_data_t *md, const char *key, char **value) {
  if (md == NULL || key == NULL || value == NULL)
    return -EINVAL;
  pthread_mutex_lock(&md->lock);
  entry_t *e = *find(md, key);
  char *text = NULL;
  int len = -1;
  if (e != NULL && e->type == MD_STRING)
    len = asprintf(&text, "%s", e->value.text);
  if (e != NULL && e->type == MD_SIGNED)
    len = asprintf(&text, "%" PRId64, e->value.i);
  if (e != NULL && e->type == MD_UNSIGNED)
    len = asprintf(&text, "%" PRIu64, e->value.u);
  if (e != NULL && e->type == MD_DOUBLE)
    len = asprintf(&text, "%.10g", e->value.d);
  if (e != NULL && e->type == MD_BOOLEAN)
    len = asprintf(&text, "%s", e->value.b ? "true" : "false");
  pthread_mutex_unlock(&md->lock);
  if (len < 0)
    return -ENOENT;
  *value = hand_out(T_STRING, text);
  return 0;
}

void meta_line(line_t *l, meta_data_t *md) {
  if (md == NULL)
    return;
  line_int(l, "has_meta", 1);
  pthread_mutex_lock(&md->lock);
  for (entry_t *e = md->entries; e != NULL; e = e->next) {
    line_text(l, "meta", e->key);
    if (e->type == MD_STRING)
      line_text(l, "string", e->value.text);
    if (e->type == MD_SIGNED)
      line_int(l, "signed", e->value.i);
    if (e->type == MD_UNSIGNED)
      line_uint(l, "unsigned", e->value.u);
    if (e->type == MD_DOUBLE)
      line_double(l, "double", e->value.d);
    if (e->type == MD_BOOLEAN)
      line_int(l, "boolean", e->value.b);
  }
  pthread_mutex_unlock(&md->lock);
}

/* The daemon's own objects are not the plugin's affair. */
meta_data_t *meta_new(void) {
  meta_data_t *md = meta_data_create();
  __atomic_sub_fetch(&created, 1, __ATOMIC_RELAXED);
  return md;
}

meta_data_t *meta_copy(meta_data_t *from) {
  meta_data_t *copy = meta_data_clone(from);
  if (copy != NULL)
    __atomic_sub_fetch(&created, 1, __ATOMIC_RELAXED);
  return copy;
}

void meta_free(meta_data_t *md) {
  if (md == NULL)
    return;
  meta_data_destroy(md);
  __atomic_sub_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

void meta_reset(void) { created = destroyed = 0; }

void meta_stats(line_t *l) {
  line_uint(l, "meta_created", created);
  line_uint(l, "meta_destroyed", destroyed);
}

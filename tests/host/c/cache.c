/* The value cache. Its one lock is not recursive, and an iterator holds it. */
#include "fake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct cached_s {
  char *name;
  size_t num;
  value_t *values;
  double *rates;
  cdtime_t time;
  cdtime_t interval;
  cdtime_t updated; /* by the clock, whatever the time of the values */
  meta_data_t *meta;
  int state;
  int hits;
  /* Newest first; as many steps as somebody has asked for. */
  double *history;
  size_t steps;
  struct cached_s *next;
} cached_t;

typedef struct uc_iter_s {
  cached_t *next;
  cached_t *at;
} uc_iter_t;

static cached_t *cache;
static pthread_mutex_t lock;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&lock, &attr);
  pthread_mutexattr_destroy(&attr);
}

/* False when this thread has it: there the daemon stops for good. */
static bool enter(void) {
  pthread_once(&once, prepare);
  if (pthread_mutex_lock(&lock) == 0)
    return true;
  abuse("the cache is used while iterating over it: the daemon would hang");
  return false;
}

static void leave(void) { pthread_mutex_unlock(&lock); }

static cached_t *find(const char *name) {
  cached_t *c = cache;
  while (c != NULL && strcmp(c->name, name) != 0)
    c = c->next;
  return c;
}

static cached_t *find_list(const value_list_t *vl) {
  char *name = format_name(vl);
  cached_t *c = find(name);
  free(name);
  return c;
}

static double rate(int kind, value_t old, value_t new, double seconds) {
  switch (kind) {
  case DS_GAUGE:
    return new.gauge;
  case DS_ABSOLUTE:
    return (double)new.absolute / seconds;
  case DS_DERIVE:
    return (double)(new.derive - old.derive) / seconds;
  default:
    return (double)(new.counter - old.counter) / seconds;
  }
}

void cache_update(const data_set_t *ds, const value_list_t *vl) {
  if (!enter())
    return;
  cached_t *c = find_list(vl);
  bool first = c == NULL;
  if (first) {
    c = must_alloc(1, sizeof(*c));
    c->name = format_name(vl);
    c->num = ds->ds_num;
    c->values = must_alloc(c->num, sizeof(*c->values));
    c->rates = must_alloc(c->num, sizeof(*c->rates));
    c->next = cache;
    cache = c;
  }
  bool old = !first && vl->time <= c->time;
  if (!old) {
    double seconds = (double)(first ? vl->interval : vl->time - c->time) /
                     1073741824.0;
    for (size_t i = 0; i < c->num; i++) {
      int kind = ds->ds[i].type;
      bool known = !first || kind == DS_GAUGE || kind == DS_ABSOLUTE;
      c->rates[i] =
          known ? rate(kind, c->values[i], vl->values[i], seconds) : NAN;
      c->values[i] = vl->values[i];
    }
    if (c->steps > 0) {
      memmove(c->history + c->num, c->history,
              (c->steps - 1) * c->num * sizeof(*c->history));
      memcpy(c->history, c->rates, c->num * sizeof(*c->history));
    }
    c->time = vl->time;
    c->interval = vl->interval;
    c->updated = cdtime();
  }
  char *name = must_copy(c->name);
  leave();
  if (old)
    daemon_says(SEV_NOTICE, "uc_update: Value too old: name = %s", name);
  else
    cache_event_dispatch(first ? CE_NEW : CE_UPDATE, name, vl);
  free(name);
}

static void drop(cached_t *c) {
  meta_free(c->meta);
  free(c->values);
  free(c->rates);
  free(c->history);
  free(c->name);
  free(c);
}

void cache_reset(void) {
  while (cache != NULL) {
    cached_t *c = cache;
    cache = c->next;
    drop(c);
  }
}

static bool is_late(const cached_t *c, cdtime_t now) {
  return now - c->updated >= c->interval * (cdtime_t)timeout_g;
}

/* The alphabetically first name after another one that is late. */
static char *late_after(const char *name, cdtime_t now, value_list_t *vl) {
  cached_t *first = NULL;
  if (!enter())
    return NULL;
  for (cached_t *c = cache; c != NULL; c = c->next)
    if (is_late(c, now) && (name == NULL || strcmp(c->name, name) > 0) &&
        (first == NULL || strcmp(c->name, first->name) < 0))
      first = c;
  char *copy = first != NULL ? must_copy(first->name) : NULL;
  if (first != NULL)
    *vl = (value_list_t){.time = first->time, .interval = first->interval};
  leave();
  return copy;
}

void cache_check_timeout(void) {
  cdtime_t now = cdtime();
  char *name = NULL;
  value_list_t vl = {0};
  /* All are told of before any is forgotten. */
  for (char *next; (next = late_after(name, now, &vl)) != NULL; name = next) {
    free(name);
    if (parse_identifier(&vl, next)) {
      missing_run(&vl);
      cache_event_dispatch(CE_EXPIRED, next, &vl);
    }
  }
  free(name);
  if (!enter())
    return;
  for (cached_t **at = &cache; *at != NULL;) {
    cached_t *c = *at;
    if (is_late(c, now)) {
      *at = c->next;
      drop(c);
    } else {
      at = &c->next;
    }
  }
  leave();
}

static void *copy_of(const void *from, size_t num, size_t size) {
  return hand_out(T_RATES, memcpy(must_alloc(num, size), from, num * size));
}

int uc_get_rate_by_name(const char *name, double **rates, size_t *num);
int uc_get_rate_by_name(const char *name, double **rates, size_t *num) {
  if (!enter())
    return -1;
  cached_t *c = find(name);
  if (c != NULL) {
    *rates = copy_of(c->rates, c->num, sizeof(**rates));
    *num = c->num;
  }
  leave();
  return c != NULL ? 0 : -1;
}

int uc_get_value_by_name(const char *name, value_t **values, size_t *num);
int uc_get_value_by_name(const char *name, value_t **values, size_t *num) {
  if (!enter())
    return -1;
  cached_t *c = find(name);
  if (c != NULL) {
    *values = copy_of(c->values, c->num, sizeof(**values));
    *num = c->num;
  }
  leave();
  return c != NULL ? 0 : -1;
}

double *uc_get_rate(const data_set_t *ds, const value_list_t *vl);
double *uc_get_rate(const data_set_t *ds, const value_list_t *vl) {
  double *rates = NULL;
  size_t num = 0;
  char *name = format_name(vl);
  if (uc_get_rate_by_name(name, &rates, &num) == 0 && num != ds->ds_num) {
    free(rates);
    rates = NULL;
  }
  free(name);
  return rates;
}

value_t *uc_get_value(const data_set_t *ds, const value_list_t *vl);
value_t *uc_get_value(const data_set_t *ds, const value_list_t *vl) {
  value_t *values = NULL;
  size_t num = 0;
  char *name = format_name(vl);
  if (uc_get_value_by_name(name, &values, &num) == 0 && num != ds->ds_num) {
    free(values);
    values = NULL;
  }
  free(name);
  return values;
}

size_t uc_get_size(void);
size_t uc_get_size(void) {
  size_t num = 0;
  if (!enter())
    return 0;
  for (cached_t *c = cache; c != NULL; c = c->next)
    num++;
  leave();
  return num;
}

int uc_get_names(char ***names, cdtime_t **times, size_t *num);
int uc_get_names(char ***names, cdtime_t **times, size_t *num) {
  size_t total = uc_get_size();
  /* Nothing there: nothing is set. */
  if (total == 0)
    return 0;
  if (!enter())
    return -1;
  *names = hand_out(T_NAMES, must_alloc(total, sizeof(**names)));
  if (times != NULL)
    *times = hand_out(T_NAMES, must_alloc(total, sizeof(**times)));
  size_t i = 0;
  for (cached_t *c = cache; c != NULL && i < total; c = c->next, i++) {
    (*names)[i] = hand_out(T_STRING, must_copy(c->name));
    if (times != NULL)
      (*times)[i] = c->time;
  }
  *num = i;
  leave();
  return 0;
}

int uc_get_history_by_name(const char *name, double *to, size_t steps,
                           size_t num);
int uc_get_history_by_name(const char *name, double *to, size_t steps,
                           size_t num) {
  if (!enter())
    return -1;
  cached_t *c = find(name);
  bool fits = c != NULL && c->num == num;
  if (fits && c->steps < steps) {
    double *history = must_alloc(steps * num, sizeof(*history));
    for (size_t i = 0; i < steps * num; i++)
      history[i] = i < c->steps * num ? c->history[i] : NAN;
    free(c->history);
    c->history = history;
    c->steps = steps;
  }
  if (fits)
    memcpy(to, c->history, steps * num * sizeof(*to));
  leave();
  return fits ? 0 : -1;
}

int uc_get_history(const data_set_t *ds, const value_list_t *vl, double *to,
                   size_t steps, size_t num);
int uc_get_history(const data_set_t *ds, const value_list_t *vl, double *to,
                   size_t steps, size_t num) {
  (void)ds;
  char *name = format_name(vl);
  int status = uc_get_history_by_name(name, to, steps, num);
  free(name);
  return status;
}

#define ACCESS(what)                                                           \
  int uc_get_##what(const data_set_t *ds, const value_list_t *vl);             \
  int uc_get_##what(const data_set_t *ds, const value_list_t *vl) {            \
    (void)ds;                                                                  \
    int value = 3;                                                             \
    if (!enter())                                                              \
      return value;                                                            \
    cached_t *c = find_list(vl);                                               \
    if (c != NULL)                                                             \
      value = c->what;                                                         \
    leave();                                                                   \
    return value;                                                              \
  }                                                                            \
  int uc_set_##what(const data_set_t *ds, const value_list_t *vl, int value);  \
  int uc_set_##what(const data_set_t *ds, const value_list_t *vl, int value) { \
    (void)ds;                                                                  \
    int old = -1;                                                              \
    if (!enter())                                                              \
      return old;                                                              \
    cached_t *c = find_list(vl);                                               \
    if (c != NULL) {                                                           \
      old = c->what;                                                           \
      c->what = value;                                                         \
    }                                                                          \
    leave();                                                                   \
    return old;                                                                \
  }

ACCESS(state)
ACCESS(hits)

int uc_inc_hits(const data_set_t *ds, const value_list_t *vl, int step);
int uc_inc_hits(const data_set_t *ds, const value_list_t *vl, int step) {
  return uc_set_hits(ds, vl, uc_get_hits(ds, vl) + step);
}

uc_iter_t *uc_get_iterator(void);
uc_iter_t *uc_get_iterator(void) {
  if (!enter())
    return NULL;
  uc_iter_t *iter = must_alloc(1, sizeof(*iter));
  iter->next = cache;
  return iter;
}

int uc_iterator_next(uc_iter_t *iter, char **name);
int uc_iterator_next(uc_iter_t *iter, char **name) {
  iter->at = iter->next;
  if (iter->at == NULL)
    return -1;
  iter->next = iter->at->next;
  /* The cache's own key, not a copy. */
  if (name != NULL)
    *name = iter->at->name;
  return 0;
}

void uc_iterator_destroy(uc_iter_t *iter);
void uc_iterator_destroy(uc_iter_t *iter) {
  if (iter == NULL)
    return;
  leave();
  free(iter);
}

int uc_iterator_get_time(uc_iter_t *iter, cdtime_t *time);
int uc_iterator_get_time(uc_iter_t *iter, cdtime_t *time) {
  if (iter == NULL || iter->at == NULL)
    return -1;
  *time = iter->at->time;
  return 0;
}

int uc_iterator_get_interval(uc_iter_t *iter, cdtime_t *interval);
int uc_iterator_get_interval(uc_iter_t *iter, cdtime_t *interval) {
  if (iter == NULL || iter->at == NULL)
    return -1;
  *interval = iter->at->interval;
  return 0;
}

int uc_iterator_get_values(uc_iter_t *iter, value_t **values, size_t *num);
int uc_iterator_get_values(uc_iter_t *iter, value_t **values, size_t *num) {
  if (iter == NULL || iter->at == NULL)
    return -1;
  *values = copy_of(iter->at->values, iter->at->num, sizeof(**values));
  *num = iter->at->num;
  return 0;
}

int uc_iterator_get_meta(uc_iter_t *iter, meta_data_t **meta);
int uc_iterator_get_meta(uc_iter_t *iter, meta_data_t **meta) {
  if (iter == NULL || iter->at == NULL)
    return -1;
  *meta = meta_data_clone(iter->at->meta);
  return 0;
}

/* The meta data of an entry, created when asked for the first time. */
static meta_data_t *entry_meta(const value_list_t *vl) {
  cached_t *c = find_list(vl);
  if (c != NULL && c->meta == NULL)
    c->meta = meta_new();
  return c != NULL ? c->meta : NULL;
}

#define WITH_META(name, parameters, call)                                      \
  int uc_meta_data_##name parameters;                                          \
  int uc_meta_data_##name parameters {                                         \
    if (!enter())                                                              \
      return -1;                                                               \
    meta_data_t *md = entry_meta(vl);                                          \
    int status = md != NULL ? call : -1;                                       \
    leave();                                                                   \
    return status;                                                             \
  }
#define META_KEY(name)                                                         \
  WITH_META(name, (const value_list_t *vl, const char *key),                   \
            meta_data_##name(md, key))
#define META_ADD(what, type)                                                   \
  WITH_META(add_##what, (const value_list_t *vl, const char *key, type value), \
            meta_data_add_##what(md, key, value))
#define META_GET(what, type)                                                   \
  WITH_META(get_##what,                                                        \
            (const value_list_t *vl, const char *key, type *value),            \
            meta_data_get_##what(md, key, value))

META_KEY(exists)
META_KEY(delete)
META_ADD(string, const char *)
META_ADD(signed_int, int64_t)
META_ADD(unsigned_int, uint64_t)
META_ADD(double, double)
META_ADD(boolean, bool)
META_GET(string, char *)
META_GET(signed_int, int64_t)
META_GET(unsigned_int, uint64_t)
META_GET(double, double)
META_GET(boolean, bool)
#if RELEASE >= 511
WITH_META(toc, (const value_list_t *vl, char ***toc), meta_data_toc(md, toc))
#endif

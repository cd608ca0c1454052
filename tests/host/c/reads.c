/* Read callbacks: one namespace, one at a time each, freed when next due. */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INTERVAL ((cdtime_t)86400 << 30)
#define MAX_JOBS 64

typedef struct read_s {
  char *name;
  char group[NAME_LEN];
  any_fn fn;
  bool simple;
  bool removed;
  user_data_t ud;
  plugin_ctx_t ctx;
  cdtime_t interval;
  cdtime_t effective;
  cdtime_t due;
  pthread_mutex_t running;
  int users;
  struct read_s *next;
} read_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static read_t *reads;
/* Set by `collectd -T`, which frees reads and leaves them in the list. */
static bool reading_once;
static pthread_t jobs[MAX_JOBS];
static size_t jobs_num;

static read_t **find(const char *name) {
  read_t **at = &reads;
  while (*at != NULL && ((*at)->removed || strcmp((*at)->name, name) != 0))
    at = &(*at)->next;
  return at;
}

static void destroy(read_t *r) {
  release_user_data(K_READ, r->name, &r->ud);
  pthread_mutex_destroy(&r->running);
  free(r->name);
  free(r);
}

static int insert(const char *group, const char *name, any_fn fn, bool simple,
                  cdtime_t interval, const user_data_t *ud) {
  if (name == NULL) {
    abuse("a read callback without a name: the daemon would crash");
    return EINVAL;
  }
  interval = interval != 0 ? interval : plugin_get_interval();
  if (reading_once)
    abuse("a read is registered after the only call of reads: the daemon "
          "would search freed memory");
  int fail = must_fail(K_READ);
  pthread_mutex_lock(&lock);
  bool exists = *find(name) != NULL;
  int status = exists ? EINVAL : fail != 0 ? -1 : 0;
  report_registration(K_READ, name, status, ud, group, interval);
  if (status == 0) {
    read_t *r = must_alloc(1, sizeof(*r));
    r->name = must_copy(name);
    copy_name(r->group, sizeof(r->group), group != NULL ? group : "");
    r->fn = fn;
    r->simple = simple;
    r->ud = ud != NULL ? *ud : (user_data_t){0};
    r->ctx = plugin_get_ctx();
    r->ctx.interval = r->interval = r->effective = interval;
    r->due = cdtime();
    pthread_mutex_init(&r->running, NULL);
    read_t **at = &reads;
    while (*at != NULL)
      at = &(*at)->next;
    *at = r;
  }
  pthread_mutex_unlock(&lock);
  if (status != 0) {
    if (exists)
      daemon_says(SEV_WARNING, "The read function \"%s\" exists already", name);
    if (fail != 2)
      release_user_data(K_READ, name, ud);
  }
  return status;
}

int plugin_register_complex_read(const char *group, const char *name,
                                 read_cb fn, cdtime_t interval,
                                 const user_data_t *ud) {
  return insert(group, name, (any_fn)fn, false, interval, ud);
}

int plugin_register_read(const char *name, simple_read_cb fn);
int plugin_register_read(const char *name, simple_read_cb fn) {
  return insert(NULL, name, (any_fn)fn, true, 0, NULL);
}

static void report_removal(const char *key, const char *value, int status) {
  line_t l = line_start("unregister");
  line_word(&l, "kind", "read");
  line_text(&l, key, value);
  line_int(&l, "status", status);
  line_end(&l);
}

int plugin_unregister_read(const char *name) {
  if (name == NULL)
    return -ENOENT;
  if (reading_once)
    abuse("a read is unregistered after the only call of reads: the daemon "
          "would search freed memory");
  pthread_mutex_lock(&lock);
  read_t *r = *find(name);
  if (r != NULL)
    r->removed = true;
  pthread_mutex_unlock(&lock);
  int status = r != NULL ? 0 : -ENOENT;
  report_removal("name", name, status);
  return status;
}

int plugin_unregister_read_group(const char *group);
int plugin_unregister_read_group(const char *group) {
  if (group == NULL)
    return -ENOENT;
  int status = -ENOENT;
  pthread_mutex_lock(&lock);
  for (read_t *r = reads; r != NULL; r = r->next) {
    if (!r->removed && strcmp(r->group, group) == 0) {
      r->removed = true;
      status = 0;
    }
  }
  pthread_mutex_unlock(&lock);
  report_removal("group", group, status);
  return status;
}

static void call(read_t *r) {
  pthread_mutex_lock(&r->running);
  plugin_ctx_t old = plugin_set_ctx(r->ctx);
  cdtime_t start = cdtime();
  int status =
      r->simple ? ((simple_read_cb)r->fn)() : ((read_cb)r->fn)(&r->ud);
  plugin_set_ctx(old);
  if (status == 0) {
    r->effective = r->interval;
  } else {
    r->effective =
        r->effective > MAX_INTERVAL / 2 ? MAX_INTERVAL : 2 * r->effective;
    daemon_says(SEV_NOTICE, "read-function of plugin `%s' failed", r->name);
  }
  r->due = start + r->effective;
  line_t l = line_start("returned");
  line_word(&l, "callback", "read");
  line_text(&l, "name", r->name);
  line_int(&l, "status", status);
  line_uint(&l, "interval", r->effective);
  line_end(&l);
  pthread_mutex_unlock(&r->running);
}

/* Their turn has come: now the removed ones go. */
static void sweep(void) {
  read_t *gone = NULL;
  pthread_mutex_lock(&lock);
  read_t **at = &reads;
  while (*at != NULL) {
    read_t *r = *at;
    if (r->removed && r->users == 0) {
      *at = r->next;
      r->next = gone;
      gone = r;
    } else {
      at = &r->next;
    }
  }
  pthread_mutex_unlock(&lock);
  while (gone != NULL) {
    read_t *next = gone->next;
    destroy(gone);
    gone = next;
  }
}

static void *reader(void *arg) {
  char *name = arg;
  set_thread_role("reader");
  sweep();
  pthread_mutex_lock(&lock);
  read_t *r = name != NULL ? *find(name) : reads;
  while (r != NULL) {
    bool removed = r->removed;
    r->users++;
    pthread_mutex_unlock(&lock);
    if (!removed)
      call(r);
    pthread_mutex_lock(&lock);
    r->users--;
    r = name != NULL ? NULL : r->next;
  }
  pthread_mutex_unlock(&lock);
  sweep();
  free(name);
  return NULL;
}

bool read_run(const char *name, bool background) {
  pthread_mutex_lock(&lock);
  bool known = name == NULL || *find(name) != NULL;
  pthread_mutex_unlock(&lock);
  if (!known || jobs_num == MAX_JOBS)
    return false;
  char *copy = name != NULL ? must_copy(name) : NULL;
  pthread_t thread;
  if (pthread_create(&thread, NULL, reader, copy) != 0)
    return false;
  if (background)
    jobs[jobs_num++] = thread;
  else
    pthread_join(thread, NULL);
  return true;
}

char *reads_next(cdtime_t *due) {
  pthread_mutex_lock(&lock);
  read_t *first = NULL;
  for (read_t *r = reads; r != NULL; r = r->next)
    if (!r->removed && (first == NULL || r->due < first->due))
      first = r;
  char *name = first != NULL ? must_copy(first->name) : NULL;
  *due = first != NULL ? first->due : 0;
  pthread_mutex_unlock(&lock);
  return name;
}

void reads_join(void) {
  while (jobs_num > 0)
    pthread_join(jobs[--jobs_num], NULL);
}

/* As "collectd -T": each is called once on the main thread, then freed. */
void read_once(void) {
  reading_once = true;
  while (reads != NULL) {
    read_t *r = reads;
    if (!r->removed)
      call(r);
    reads = r->next;
    destroy(r);
  }
}

void reads_destroy(void) {
  while (reads != NULL) {
    read_t *r = reads;
    reads = r->next;
    destroy(r);
  }
}

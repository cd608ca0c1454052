/* Values on their way: copied, completed, shown, queued, written. */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_WRITERS 32

typedef struct queued_s {
  value_list_t *vl;
  plugin_ctx_t ctx;
  struct queued_s *next;
} queued_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static queued_t *head;
static queued_t **tail = &head;
static size_t busy;
static bool running;
static bool quiet;
/* Also before the writers start, as in the daemon. */
static bool queueing;
static pthread_t writers[MAX_WRITERS];
static size_t writers_num;
static unsigned long dispatched;
static unsigned long written;

void dispatch_quiet(bool on) { quiet = on; }

void dispatch_queue(void) { queueing = true; }

void write_everyone(const data_set_t *ds, const value_list_t *vl) {
  plugin_ctx_t old = plugin_get_ctx();
  for (node_t *n = list_head(K_WRITE); n != NULL; n = n->next) {
    callback_t *cb = n->cb;
    /* The producer's interval, the writer's name. */
    plugin_ctx_t ctx = old;
#if RELEASE >= 509
    ctx.name = cb->ctx.name;
#endif
    plugin_set_ctx(ctx);
    int status = ((write_cb)cb->fn)(ds, vl, &cb->ud);
    plugin_set_ctx(old);
    __atomic_add_fetch(&cb->calls, 1, __ATOMIC_RELAXED);
    if (status != 0) {
      __atomic_add_fetch(&cb->failures, 1, __ATOMIC_RELAXED);
      __atomic_store_n(&cb->status, status, __ATOMIC_RELAXED);
    }
  }
}

int plugin_write(const char *plugin, const data_set_t *ds,
                 const value_list_t *vl) {
  if (vl == NULL)
    return EINVAL;
  if (list_head(K_WRITE) == NULL)
    return ENOENT;
  if (ds == NULL)
    ds = plugin_get_ds(vl->type);
  if (ds == NULL)
    return ENOENT;
  if (plugin == NULL) {
    write_everyone(ds, vl);
    return 0;
  }
  for (node_t *n = list_head(K_WRITE); n != NULL; n = n->next)
    if (strcasecmp(plugin, n->cb->name) == 0)
      return ((write_cb)n->cb->fn)(ds, vl, &n->cb->ud);
  return ENOENT;
}

static bool acceptable(const value_list_t *vl, const data_set_t *ds) {
  if (vl->type[0] == 0 || vl->values == NULL || vl->values_len == 0)
    daemon_says(SEV_ERR, "plugin_dispatch_values: invalid value list");
  else if (ds == NULL)
    daemon_says(SEV_INFO, "Dataset not found: %s", vl->type);
  else if (ds->ds_num != vl->values_len)
    daemon_says(SEV_ERR, "plugin_dispatch_values: ds->type = %s: "
                         "(ds->ds_num = %zu) != (vl->values_len = %zu)",
                ds->type, ds->ds_num, vl->values_len);
  else
    return true;
  return false;
}

static void process(queued_t *q) {
  const data_set_t *ds = plugin_get_ds(q->vl->type);
  if (acceptable(q->vl, ds)) {
    cache_update(ds, q->vl);
    plugin_ctx_t old = plugin_set_ctx(q->ctx);
    if (running)
      write_everyone(ds, q->vl);
    plugin_set_ctx(old);
  }
  value_list_free(q->vl);
  free(q);
}

static void *writer(void *arg) {
  (void)arg;
  set_thread_role("writer");
  pthread_mutex_lock(&lock);
  while (running) {
    queued_t *q = head;
    if (q == NULL) {
      pthread_cond_wait(&changed, &lock);
      continue;
    }
    head = q->next;
    if (head == NULL)
      tail = &head;
    busy++;
    pthread_mutex_unlock(&lock);
    process(q);
    pthread_mutex_lock(&lock);
    busy--;
    written++;
    pthread_cond_broadcast(&changed);
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

void writers_start(size_t num) {
  pthread_mutex_lock(&lock);
  running = true;
  pthread_mutex_unlock(&lock);
  while (writers_num < num && writers_num < MAX_WRITERS &&
         pthread_create(&writers[writers_num], NULL, writer, NULL) == 0)
    writers_num++;
}

void writers_wait(void) {
  pthread_mutex_lock(&lock);
  while (running && (head != NULL || busy > 0))
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

void writers_stop(void) {
  if (writers_num > 0)
    daemon_says(SEV_INFO, "collectd: Stopping %zu write threads.", writers_num);
  pthread_mutex_lock(&lock);
  running = false;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  while (writers_num > 0)
    pthread_join(writers[--writers_num], NULL);
  size_t left = 0;
  while (head != NULL) {
    queued_t *q = head;
    head = q->next;
    value_list_free(q->vl);
    free(q);
    left++;
  }
  tail = &head;
  if (left > 0)
    daemon_says(SEV_WARNING, "plugin: %zu value lists were left", left);
}

/* What the daemon will fill in, beside what came. */
static void show(const value_list_t *vl, plugin_ctx_t ctx, const char *origin) {
  cdtime_t interval = vl->interval != 0    ? vl->interval
                      : ctx.interval != 0 ? ctx.interval
                      : interval_g != 0   ? interval_g
                                          : (cdtime_t)10 << 30;
  line_t l = line_start("dispatch");
  line_value_list(&l, vl);
  line_text(&l, "context", context_name(ctx));
  line_text(&l, "thread", thread_role());
  line_kinds(&l, vl->type);
  line_word(&l, "origin", origin);
  line_uint(&l, "full_time", vl->time != 0 ? vl->time : cdtime());
  line_uint(&l, "full_interval", interval);
  line_end(&l);
}

static int dispatch(const value_list_t *vl, const char *origin) {
  queued_t *q = must_alloc(1, sizeof(*q));
  q->vl = value_list_clone(vl);
  q->ctx = plugin_get_ctx();
  __atomic_add_fetch(&dispatched, 1, __ATOMIC_RELAXED);
  if (!quiet)
    show(vl, q->ctx, origin);
  if (q->vl->host[0] == 0 && hostname_g != NULL)
    copy_name(q->vl->host, NAME_LEN, hostname_g);
  if (q->vl->time == 0)
    q->vl->time = cdtime();
  if (q->vl->interval == 0)
    q->vl->interval = plugin_get_interval();
  pthread_mutex_lock(&lock);
  bool queue = running || queueing;
  if (queue) {
    *tail = q;
    tail = &q->next;
    pthread_cond_signal(&changed);
  }
  pthread_mutex_unlock(&lock);
  /* Without writers, checked at once, so that a test sees what comes of it. */
  if (!queue)
    process(q);
  return 0;
}

int plugin_dispatch_values(const value_list_t *vl) {
  return dispatch(vl, "plugin");
}

void dispatch_as_producer(const value_list_t *vl) { dispatch(vl, "daemon"); }

void dispatch_reset(void) {
  quiet = queueing = false;
  dispatched = written = 0;
}

void dispatch_stats(line_t *l) {
  line_uint(l, "dispatched", dispatched);
  line_uint(l, "written", written);
}

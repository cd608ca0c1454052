/* The daemon's side of each callback, and its order of events at the end. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

#define MAX_JOBS 64

const char *global_option_get(const char *option);

static pthread_t jobs[MAX_JOBS];
static size_t jobs_num;

/* When the main loop looks next for what is missing. */
static cdtime_t next_check;

int init_run(void) {
  int result = 0;
  const char *name = global_option_get("Hostname");
  if (hostname_g == NULL)
    option_set("Hostname", name != NULL ? name : "fake.example.org");
  line_t l = line_start("hostname");
  line_text(&l, "name", hostname_g);
  line_end(&l);
  if (interval_g == 0)
    option_set("Interval", "10");
  for (node_t *n = list_head(K_INIT); n != NULL; n = n->next) {
    callback_t *cb = n->cb;
    plugin_ctx_t old = plugin_set_ctx(cb->ctx);
    int status = ((init_cb)cb->fn)();
    plugin_set_ctx(old);
    returned("init", cb->name, status);
    if (status != 0) {
      daemon_says(SEV_ERR,
                  "Initialization of plugin `%s' failed with status %i.",
                  cb->name, status);
      plugin_unregister_read(cb->name);
      result = -1;
    }
  }
  next_check = cdtime();
  return result;
}

/* More is a mistake: an interval of next to nothing, or a span of years. */
#define MAX_STEPS 1000000

bool advance_run(cdtime_t span) {
  cdtime_t until = cdtime() + span;
  for (long steps = 0; clock_stands() && steps < MAX_STEPS; steps++) {
    cdtime_t due = 0;
    char *name = reads_next(&due);
    bool is_read = name != NULL && due <= next_check;
    cdtime_t at = is_read ? due : next_check;
    if (at > until) {
      free(name);
      clock_set(until);
      return true;
    }
    if (at > cdtime())
      clock_set(at);
    if (is_read) {
      read_run(name, false);
      writers_wait();
    } else {
      cache_check_timeout();
      next_check += interval_g;
    }
    free(name);
  }
  return false;
}

int plugin_flush(const char *plugin, cdtime_t timeout, const char *identifier) {
  for (node_t *n = list_head(K_FLUSH); n != NULL; n = n->next) {
    callback_t *cb = n->cb;
    if (plugin != NULL && strcmp(plugin, cb->name) != 0)
      continue;
    plugin_ctx_t old = plugin_set_ctx(cb->ctx);
    int status = ((flush_cb)cb->fn)(timeout, identifier, &cb->ud);
    plugin_set_ctx(old);
    returned("flush", cb->name, status);
  }
  return 0;
}

struct job {
  const char *only;
  value_list_t *vl;
  plugin_ctx_t ctx;
  int repeat;
  bool veiled;
  int severity;
};

/* Has valgrind complain about whoever decides anything by what is in the list
   or its data set: all but the plugin name, and where the rest is. */
static bool veil(value_list_t *vl, data_set_t *ds) {
#ifdef VALGRIND_MAKE_MEM_UNDEFINED
  char *const names[] = {vl->host, vl->plugin_instance, vl->type,
                         vl->type_instance};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
    VALGRIND_MAKE_MEM_UNDEFINED(names[i], NAME_LEN);
  VALGRIND_MAKE_MEM_UNDEFINED(&vl->time, sizeof(vl->time));
  VALGRIND_MAKE_MEM_UNDEFINED(&vl->interval, sizeof(vl->interval));
  VALGRIND_MAKE_MEM_UNDEFINED(vl->values, vl->values_len * sizeof(*vl->values));
  VALGRIND_MAKE_MEM_UNDEFINED(ds->ds, ds->ds_num * sizeof(*ds->ds));
  return RUNNING_ON_VALGRIND != 0;
#else
  (void)vl;
  (void)ds;
  return false;
#endif
}

/* Calls the writers with a list, and a set of its own, that are veiled. */
static void write_veiled(const data_set_t *ds, value_list_t *vl) {
  data_set_t copy = *ds;
  copy.ds = must_alloc(ds->ds_num, sizeof(*ds->ds));
  memcpy(copy.ds, ds->ds, ds->ds_num * sizeof(*ds->ds));
  if (!veil(vl, &copy))
    abuse("a veil takes valgrind and its headers");
  write_everyone(&copy, vl);
  free(copy.ds);
}

static void *write_job(void *arg) {
  struct job *job = arg;
  set_thread_role("writer");
  plugin_set_ctx(job->ctx);
  const data_set_t *ds = plugin_get_ds(job->vl->type);
  for (int i = 0; i < job->repeat; i++) {
    if (job->only != NULL)
      returned("write", job->only, plugin_write(job->only, ds, job->vl));
    else if (ds != NULL && job->veiled)
      write_veiled(ds, job->vl);
    else if (ds != NULL)
      write_everyone(ds, job->vl);
  }
  value_list_free(job->vl);
  free((char *)job->only);
  free(job);
  return NULL;
}

void report_writes(void) {
  for (node_t *n = list_head(K_WRITE); n != NULL; n = n->next) {
    callback_t *cb = n->cb;
    unsigned long calls = __atomic_exchange_n(&cb->calls, 0, __ATOMIC_RELAXED);
    if (calls == 0)
      continue;
    line_t l = line_start("returned");
    line_word(&l, "callback", "write");
    line_text(&l, "name", cb->name);
    line_int(&l, "status",
             __atomic_exchange_n(&cb->status, 0, __ATOMIC_RELAXED));
    line_uint(&l, "calls", calls);
    line_uint(&l, "failures",
              __atomic_exchange_n(&cb->failures, 0, __ATOMIC_RELAXED));
    line_end(&l);
  }
}

void write_run(const char *only, const value_list_t *vl, int threads,
               int repeat, bool veiled, bool background) {
  pthread_t mine[MAX_JOBS];
  size_t num = 0;
  for (int i = 0; i < threads && num < MAX_JOBS; i++) {
    struct job *job = must_alloc(1, sizeof(*job));
    *job = (struct job){
        .only = only != NULL ? must_copy(only) : NULL,
        .vl = value_list_clone(vl),
        /* As if a plugin called "producer" had read it. */
        .ctx = context_named("producer", vl->interval),
        .repeat = repeat,
        .veiled = veiled,
    };
    if (pthread_create(&mine[num], NULL, write_job, job) == 0)
      num++;
  }
  for (size_t i = 0; i < num; i++) {
    if (background && jobs_num < MAX_JOBS)
      jobs[jobs_num++] = mine[i];
    else
      pthread_join(mine[i], NULL);
  }
  if (!background)
    report_writes();
}

void writes_join(void) {
  while (jobs_num > 0)
    pthread_join(jobs[--jobs_num], NULL);
  report_writes();
}

static void *log_job(void *arg) {
  struct job *job = arg;
  for (int i = 0; i < job->repeat; i++)
    daemon_says(job->severity, "%s", job->only);
  return NULL;
}

void log_run(int severity, const char *text, int threads, int repeat) {
  struct job job = {.only = text, .repeat = repeat, .severity = severity};
  pthread_t mine[MAX_JOBS];
  size_t num = 0;
  for (int i = 1; i < threads && num < MAX_JOBS; i++)
    if (pthread_create(&mine[num], NULL, log_job, &job) == 0)
      num++;
  log_job(&job);
  while (num > 0)
    pthread_join(mine[--num], NULL);
}

/* The first that answers anything but 0 ends it. */
int missing_run(const value_list_t *vl) {
  for (node_t *n = list_head(K_MISSING); n != NULL; n = n->next) {
    callback_t *cb = n->cb;
    plugin_ctx_t old = plugin_set_ctx(cb->ctx);
    int status = ((missing_cb)cb->fn)(vl, &cb->ud);
    plugin_set_ctx(old);
    returned("missing", cb->name, status);
    if (status < 0)
      daemon_says(SEV_ERR, "missing callback \"%s\" failed with status %i.",
                  cb->name, status);
    if (status != 0)
      return status < 0 ? status : 0;
  }
  return 0;
}

static int call_shutdowns(void) {
  int result = 0;
  node_t *n = list_head(K_SHUTDOWN);
  while (n != NULL) {
    callback_t *cb = n->cb;
    char *name = must_copy(cb->name);
    plugin_ctx_t old = plugin_set_ctx(cb->ctx);
    /* Before the call, so that it may unregister itself. */
    n = n->next;
    int status = ((init_cb)cb->fn)();
    plugin_set_ctx(old);
    returned("shutdown", name, status);
    free(name);
    if (status != 0)
      result = -1;
  }
  return result;
}

int shutdown_run(void) {
  list_destroy(K_INIT);
  daemon_says(SEV_INFO, "collectd: Stopping read threads.");
  reads_join();
  reads_destroy();
  daemon_says(SEV_INFO, "collectd: Stopping write threads.");
  writers_stop();
  writes_join();
  plugin_flush(NULL, 0, NULL);
  int result = call_shutdowns();
  list_destroy(K_FLUSH);
  list_destroy(K_MISSING);
  cache_events_destroy();
  list_destroy(K_WRITE);
  list_destroy(K_NOTIFICATION);
  list_destroy(K_SHUTDOWN);
  list_destroy(K_LOG);
  config_forget_all();
  line_t l = line_start("stopped");
  line_int(&l, "status", result);
  line_end(&l);
  return result;
}

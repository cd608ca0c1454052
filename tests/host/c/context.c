/* What a thread carries along, and what the configuration set globally. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

char *hostname_g;
cdtime_t interval_g;
int timeout_g = 2;

static _Thread_local plugin_ctx_t current;

#define OPTIONS 32
static struct {
  char *key;
  char *value;
} options[OPTIONS];

/* 0: the clock runs. */
static cdtime_t standing;

void clock_set(cdtime_t time) {
  __atomic_store_n(&standing, time, __ATOMIC_RELAXED);
}

bool clock_stands(void) {
  return __atomic_load_n(&standing, __ATOMIC_RELAXED) != 0;
}

cdtime_t cdtime(void) {
  struct timespec ts;
  cdtime_t time = __atomic_load_n(&standing, __ATOMIC_RELAXED);
  if (time != 0)
    return time;
  clock_gettime(CLOCK_REALTIME, &ts);
  cdtime_t fraction = ((cdtime_t)ts.tv_nsec << 30) + 500000000;
  return ((cdtime_t)ts.tv_sec << 30) + fraction / 1000000000;
}

plugin_ctx_t plugin_get_ctx(void) { return current; }

plugin_ctx_t plugin_set_ctx(plugin_ctx_t ctx) {
  plugin_ctx_t old = current;
  current = ctx;
  return old;
}

void plugin_init_ctx(void);
void plugin_init_ctx(void) {}

cdtime_t plugin_get_interval(void) {
  if (current.interval > 0)
    return current.interval;
  daemon_says(SEV_ERR, "plugin_get_interval: no interval in this thread");
  return interval_g > 0 ? interval_g : (cdtime_t)10 << 30;
}

plugin_ctx_t context_named(const char *name, cdtime_t interval) {
  plugin_ctx_t ctx = {.interval = interval};
#if RELEASE >= 509
  /* Never freed, as in the daemon: callbacks keep the pointer. */
  static struct kept {
    struct kept *next;
    char name[];
  } *all;
  struct kept *k = all;
  while (k != NULL && strcmp(k->name, name) != 0)
    k = k->next;
  if (k == NULL) {
    k = must_alloc(1, sizeof(*k) + strlen(name) + 1);
    strcpy(k->name, name);
    k->next = all;
    all = k;
  }
  ctx.name = k->name;
#else
  (void)name;
#endif
  return ctx;
}

const char *context_name(plugin_ctx_t ctx) {
#if RELEASE >= 509
  return ctx.name;
#else
  (void)ctx;
  return NULL;
#endif
}

struct start {
  plugin_ctx_t ctx;
  void *(*routine)(void *);
  void *arg;
};

static void *start_thread(void *arg) {
  struct start start = *(struct start *)arg;
  free(arg);
  plugin_set_ctx(start.ctx);
  return start.routine(start.arg);
}

#if RELEASE >= 511
int plugin_thread_create(pthread_t *thread, void *(*routine)(void *), void *arg,
                         const char *name);
int plugin_thread_create(pthread_t *thread, void *(*routine)(void *), void *arg,
                         const char *name) {
  const pthread_attr_t *attr = NULL;
#else
int plugin_thread_create(pthread_t *thread, const pthread_attr_t *attr,
                         void *(*routine)(void *), void *arg, const char *name);
int plugin_thread_create(pthread_t *thread, const pthread_attr_t *attr,
                         void *(*routine)(void *), void *arg,
                         const char *name) {
#endif
  struct start *start = must_alloc(1, sizeof(*start));
  *start =
      (struct start){.ctx = plugin_get_ctx(), .routine = routine, .arg = arg};
  line_t l = line_start("thread");
  line_text(&l, "name", name);
  line_end(&l);
  int status = pthread_create(thread, attr, start_thread, start);
  if (status != 0)
    free(start);
  return status;
}

void option_set(const char *key, const char *value) {
  if (strcasecmp(key, "Hostname") == 0) {
    free(hostname_g);
    hostname_g = must_copy(value);
  }
  option_keep(key, value);
}

void option_keep(const char *key, const char *value) {
  if (strcasecmp(key, "Interval") == 0)
    interval_g = parse_time(value);
  if (strcasecmp(key, "Timeout") == 0)
    timeout_g = atoi(value);
  for (size_t i = 0; i < OPTIONS; i++) {
    if (options[i].key == NULL)
      options[i].key = must_copy(key);
    if (strcasecmp(options[i].key, key) == 0) {
      free(options[i].value);
      options[i].value = must_copy(value);
      return;
    }
  }
}

void options_reset(void) {
  for (size_t i = 0; i < OPTIONS; i++) {
    free(options[i].key);
    free(options[i].value);
    options[i].key = options[i].value = NULL;
  }
  free(hostname_g);
  hostname_g = NULL;
  interval_g = 0;
  timeout_g = 2;
  clock_set(0);
}

const char *global_option_get(const char *option);
const char *global_option_get(const char *option) {
  for (size_t i = 0; i < OPTIONS && options[i].key != NULL; i++)
    if (strcasecmp(options[i].key, option) == 0)
      return options[i].value;
  return NULL;
}

long global_option_get_long(const char *option, long otherwise);
long global_option_get_long(const char *option, long otherwise) {
  const char *value = global_option_get(option);
  return value != NULL ? strtol(value, NULL, 0) : otherwise;
}

cdtime_t global_option_get_time(const char *option, cdtime_t otherwise);
cdtime_t global_option_get_time(const char *option, cdtime_t otherwise) {
  const char *value = global_option_get(option);
  return value != NULL ? parse_time(value) : otherwise;
}

/* Callbacks by kind: registering, replacing, freeing. Unlocked, like theirs. */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static node_t *lists[K_COUNT];
static struct {
  int nth;
  bool keep;
} failing[K_COUNT];
static unsigned long registered[K_COUNT];
static unsigned long owned[K_COUNT];
static unsigned long freed[K_COUNT];

node_t *list_head(kind_t kind) { return lists[kind]; }

void fail_registration(kind_t kind, int nth, bool keep) {
  failing[kind].nth = nth;
  failing[kind].keep = keep;
}

int must_fail(kind_t kind) {
  if (failing[kind].nth == 0 || --failing[kind].nth != 0)
    return 0;
  return failing[kind].keep ? 2 : 1;
}

void release_user_data(kind_t kind, const char *name, const user_data_t *ud) {
  if (ud == NULL || ud->data == NULL || ud->free_func == NULL)
    return;
  ud->free_func(ud->data);
  unsigned long count = __atomic_add_fetch(&freed[kind], 1, __ATOMIC_RELAXED);
  line_t l = line_start("free");
  line_word(&l, "kind", kind_names[kind]);
  line_text(&l, "name", name);
  line_uint(&l, "data", (uintptr_t)ud->data);
  line_uint(&l, "count", count);
  line_text(&l, "thread", thread_role());
  line_end(&l);
}

void report_registration(kind_t kind, const char *name, int status,
                         const user_data_t *ud, const char *group,
                         cdtime_t interval) {
  bool free_func = ud != NULL && ud->data != NULL && ud->free_func != NULL;
  __atomic_add_fetch(&registered[kind], 1, __ATOMIC_RELAXED);
  if (free_func)
    __atomic_add_fetch(&owned[kind], 1, __ATOMIC_RELAXED);
  line_t l = line_start("register");
  line_word(&l, "kind", kind_names[kind]);
  line_text(&l, "name", name);
  line_int(&l, "status", status);
  line_int(&l, "user_data", ud != NULL && ud->data != NULL);
  line_int(&l, "free_func", ud != NULL && ud->free_func != NULL);
  line_uint(&l, "data", ud != NULL ? (uintptr_t)ud->data : 0);
  if (kind == K_READ) {
    line_text(&l, "group", group);
    line_uint(&l, "interval", interval);
  }
  line_text(&l, "context", context_name(plugin_get_ctx()));
  line_end(&l);
}

static void destroy(kind_t kind, const char *name, callback_t *cb) {
  release_user_data(kind, name, &cb->ud);
  free(cb->name);
  free(cb);
}

static int add(kind_t kind, const char *name, callback_t *cb) {
  node_t **at = &lists[kind];
  while (*at != NULL && strcmp((*at)->cb->name, name) != 0)
    at = &(*at)->next;
  if (*at == NULL) {
    *at = must_alloc(1, sizeof(**at));
    (*at)->cb = cb;
    return 0;
  }
  callback_t *old = (*at)->cb;
  (*at)->cb = cb;
  daemon_says(SEV_WARNING, "register_callback: %s callback \"%s\" replaced",
              kind_names[kind], name);
  destroy(kind, name, old);
  return 0;
}

static int enlist(kind_t kind, const char *name, any_fn fn,
                  const user_data_t *ud) {
  if (probe(kind, name)) {
    if (ud != NULL && ud->data != NULL && ud->free_func != NULL)
      ud->free_func(ud->data);
    return 0;
  }
  if (name == NULL || fn == NULL) {
    report_registration(kind, name, EINVAL, ud, NULL, 0);
    return EINVAL;
  }
  int fail = must_fail(kind);
  if (fail != 0) {
    int status = fail == 1 ? ENOMEM : EINVAL;
    report_registration(kind, name, status, ud, NULL, 0);
    if (fail == 1)
      release_user_data(kind, name, ud);
    return status;
  }
  callback_t *cb = must_alloc(1, sizeof(*cb));
  cb->name = must_copy(name);
  cb->fn = fn;
  cb->ctx = plugin_get_ctx();
  if (ud != NULL)
    cb->ud = *ud;
  report_registration(kind, name, 0, ud, NULL, 0);
  return add(kind, name, cb);
}

void list_destroy(kind_t kind) {
  for (node_t *n = lists[kind]; n != NULL; n = n->next) {
    callback_t *cb = n->cb;
    char *name = cb->name;
    cb->name = NULL;
    /* Still in the list while its data goes: see to_callbacks. */
    release_user_data(kind, name, &cb->ud);
    n->cb = NULL;
    free(name);
    free(cb);
  }
  while (lists[kind] != NULL) {
    node_t *next = lists[kind]->next;
    free(lists[kind]);
    lists[kind] = next;
  }
}

int list_unregister(kind_t kind, const char *name) {
  node_t **at = &lists[kind];
  while (*at != NULL && strcmp((*at)->cb->name, name) != 0)
    at = &(*at)->next;
  int status = *at != NULL ? 0 : -1;
  line_t l = line_start("unregister");
  line_word(&l, "kind", kind_names[kind]);
  line_text(&l, "name", name);
  line_int(&l, "status", status);
  line_end(&l);
  if (*at != NULL) {
    node_t *n = *at;
    *at = n->next;
    destroy(kind, name, n->cb);
    free(n);
  }
  return status;
}

void list_stats(line_t *l) {
  for (int kind = 0; kind < K_COUNT; kind++) {
    char key[48];
    snprintf(key, sizeof(key), "%s_registered", kind_names[kind]);
    line_uint(l, key, registered[kind]);
    snprintf(key, sizeof(key), "%s_owned", kind_names[kind]);
    line_uint(l, key, owned[kind]);
    snprintf(key, sizeof(key), "%s_freed", kind_names[kind]);
    line_uint(l, key, freed[kind]);
  }
}

void lists_reset(void) {
  for (int kind = 0; kind < K_COUNT; kind++) {
    fail_registration((kind_t)kind, 0, false);
    registered[kind] = owned[kind] = freed[kind] = 0;
  }
}

#define WITH_DATA(kind, what, type)                                            \
  int plugin_register_##what(const char *name, type fn,                        \
                             const user_data_t *ud);                           \
  int plugin_register_##what(const char *name, type fn,                        \
                             const user_data_t *ud) {                          \
    return enlist(kind, name, (any_fn)fn, ud);                                 \
  }
#define WITHOUT_DATA(kind, what)                                               \
  int plugin_register_##what(const char *name, init_cb fn);                    \
  int plugin_register_##what(const char *name, init_cb fn) {                   \
    return enlist(kind, name, (any_fn)fn, NULL);                               \
  }
#define UNREGISTER(kind, what)                                                 \
  int plugin_unregister_##what(const char *name);                              \
  int plugin_unregister_##what(const char *name) {                             \
    return list_unregister(kind, name);                                        \
  }

WITHOUT_DATA(K_INIT, init)
WITHOUT_DATA(K_SHUTDOWN, shutdown)
WITH_DATA(K_WRITE, write, write_cb)
WITH_DATA(K_MISSING, missing, missing_cb)
WITH_DATA(K_NOTIFICATION, notification, notification_cb)
WITH_DATA(K_LOG, log, log_cb)

UNREGISTER(K_INIT, init)
UNREGISTER(K_SHUTDOWN, shutdown)
UNREGISTER(K_WRITE, write)
UNREGISTER(K_MISSING, missing)
UNREGISTER(K_NOTIFICATION, notification)
UNREGISTER(K_LOG, log)

struct timer {
  char *name;
  cdtime_t timeout;
};

static int timer_fires(user_data_t *ud) {
  struct timer *timer = ud->data;
  return plugin_flush(timer->name, timer->timeout, NULL);
}

static void timer_free(void *data) {
  struct timer *timer = data;
  free(timer->name);
  free(timer);
}

static char *timer_name(const char *name) {
  size_t size = strlen(name) + sizeof("flush/");
  char *text = must_alloc(size, 1);
  snprintf(text, size, "flush/%s", name);
  return text;
}

int plugin_register_flush(const char *name, flush_cb fn, const user_data_t *ud);
int plugin_register_flush(const char *name, flush_cb fn,
                          const user_data_t *ud) {
  plugin_ctx_t ctx = plugin_get_ctx();
  int status = enlist(K_FLUSH, name, (any_fn)fn, ud);
  if (status != 0 || ctx.flush_interval == 0)
    return status;
  struct timer *timer = must_alloc(1, sizeof(*timer));
  timer->name = must_copy(name);
  timer->timeout = ctx.flush_timeout;
  user_data_t timer_data = {.data = timer, .free_func = timer_free};
  char *read = timer_name(name);
  /* An error here leaves the flush callback in place, with its data. */
  status = plugin_register_complex_read("flush", read, timer_fires,
                                        ctx.flush_interval, &timer_data);
  free(read);
  return status;
}

int plugin_unregister_flush(const char *name);
int plugin_unregister_flush(const char *name) {
  if (plugin_get_ctx().flush_interval != 0) {
    char *read = timer_name(name);
    plugin_unregister_read(read);
    free(read);
  }
  return list_unregister(K_FLUSH, name);
}

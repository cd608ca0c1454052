/* Kinds with rules of their own: configuration and cache events. */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Appended, and the first of a name wins for ever. */
static struct config {
  char *name;
  config_cb fn;
  plugin_ctx_t ctx;
  struct config *next;
} *configs;

int plugin_register_complex_config(const char *name, config_cb fn);
int plugin_register_complex_config(const char *name, config_cb fn) {
  if (probe(K_CONFIG, name))
    return 0;
  int status = must_fail(K_CONFIG) != 0 ? -1 : 0;
  report_registration(K_CONFIG, name, status, NULL, NULL, 0);
  if (status != 0)
    return status;
  struct config **at = &configs;
  while (*at != NULL)
    at = &(*at)->next;
  *at = must_alloc(1, sizeof(**at));
  **at = (struct config){
      .name = must_copy(name), .fn = fn, .ctx = plugin_get_ctx()};
  return 0;
}

int plugin_unregister_complex_config(const char *name);
int plugin_unregister_complex_config(const char *name) {
  for (struct config **at = &configs; *at != NULL; at = &(*at)->next) {
    struct config *c = *at;
    if (strcasecmp(c->name, name) == 0) {
      *at = c->next;
      free(c->name);
      free(c);
      break;
    }
  }
  return 0;
}

config_cb config_callback(const char *name, plugin_ctx_t *ctx) {
  for (struct config *c = configs; c != NULL; c = c->next) {
    if (strcasecmp(c->name, name) == 0) {
      *ctx = c->ctx;
      return c->fn;
    }
  }
  return NULL;
}

void config_forget_all(void) {
  while (configs != NULL)
    plugin_unregister_complex_config(configs->name);
}

#if RELEASE >= 510
/* Slots are never used again. */
#define EVENT_SLOTS 32
static struct {
  char *name;
  cache_event_cb fn;
  user_data_t ud;
  plugin_ctx_t ctx;
} events[EVENT_SLOTS];
static size_t events_num;

int plugin_register_cache_event(const char *name, cache_event_cb fn,
                                const user_data_t *ud);
int plugin_register_cache_event(const char *name, cache_event_cb fn,
                                const user_data_t *ud) {
  if (name == NULL || fn == NULL)
    return EINVAL;
  int status = events_num < EVENT_SLOTS ? 0 : ENOMEM;
  for (size_t i = 0; i < events_num; i++)
    if (events[i].fn != NULL && strcmp(events[i].name, name) == 0)
      status = -1;
  int fail = must_fail(K_CACHE_EVENT);
  if (fail != 0)
    status = ENOMEM;
  report_registration(K_CACHE_EVENT, name, status, ud, NULL, 0);
  if (status != 0) {
    if (fail != 2)
      release_user_data(K_CACHE_EVENT, name, ud);
    return status;
  }
  events[events_num].name = must_copy(name);
  events[events_num].fn = fn;
  events[events_num].ctx = plugin_get_ctx();
  events[events_num].ud = ud != NULL ? *ud : (user_data_t){0};
  events_num++;
  return 0;
}

static void forget_event(size_t i) {
  if (events[i].fn == NULL)
    return;
  events[i].fn = NULL;
  release_user_data(K_CACHE_EVENT, events[i].name, &events[i].ud);
  free(events[i].name);
  events[i].name = NULL;
}

int plugin_unregister_cache_event(const char *name);
int plugin_unregister_cache_event(const char *name) {
  for (size_t i = 0; i < events_num; i++)
    if (events[i].fn != NULL && strcmp(events[i].name, name) == 0)
      forget_event(i);
  return 0;
}

void cache_events_destroy(void) {
  for (size_t i = 0; i < events_num; i++)
    forget_event(i);
  events_num = 0;
}

/* Everybody gets everything: subscriptions do not work in any release. */
void cache_event_dispatch(int type, const char *name, const value_list_t *vl) {
  for (size_t i = 0; i < events_num; i++) {
    if (events[i].fn == NULL)
      continue;
    cache_event_t event = {
        .type = type, .value_list = vl, .value_list_name = name};
    plugin_ctx_t old = plugin_set_ctx(events[i].ctx);
    int status = events[i].fn(&event, &events[i].ud);
    plugin_set_ctx(old);
    line_t l = line_start("returned");
    line_word(&l, "callback", "cache_event");
    line_text(&l, "name", events[i].name);
    line_int(&l, "status", status);
    line_int(&l, "event", type);
    line_int(&l, "ret", event.ret);
    line_end(&l);
  }
}
#else
void cache_events_destroy(void) {}
void cache_event_dispatch(int type, const char *name, const value_list_t *vl) {
  (void)type;
  (void)name;
  (void)vl;
}
#endif

int plugin_unregister_flush(const char *name);

bool unregister_any(kind_t kind, const char *name, int *status) {
  switch (kind) {
  case K_READ:
    *status = plugin_unregister_read(name);
    return true;
  case K_FLUSH:
    *status = plugin_unregister_flush(name);
    return true;
  case K_CONFIG:
    *status = plugin_unregister_complex_config(name);
    return true;
  case K_CACHE_EVENT:
#if RELEASE >= 510
    *status = plugin_unregister_cache_event(name);
    return true;
#else
    return false;
#endif
  case K_MATCH:
  case K_TARGET:
  case K_COUNT:
    return false;
  default:
    *status = list_unregister(kind, name);
    return true;
  }
}

#if RELEASE >= 510
bool plugin_is_loaded(const char *name);
bool plugin_is_loaded(const char *name) {
  plugin_ctx_t ctx;
  return config_callback(name, &ctx) != NULL || probe(K_COUNT, name);
}
#endif

#if RELEASE >= 600
/* Its presence alone tells plugins that this is collectd 6. */
int plugin_dispatch_metric_family(const void *family);
int plugin_dispatch_metric_family(const void *family) {
  (void)family;
  return 0;
}
#endif

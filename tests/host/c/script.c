/* The commands of a test. */
#define _DEFAULT_SOURCE
#include "fake.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 64

typedef struct {
  char **words;
  size_t num;
  const char *lines; /* what follows the first line */
} args_t;

/* Takes KEY=VALUE out of the words; NULL when it is not there. */
static const char *take(args_t *a, const char *key) {
  size_t len = strlen(key);
  for (size_t i = 0; i < a->num; i++) {
    char *word = a->words[i];
    bool flag = strcmp(word, key) == 0;
    if (!flag && (strncmp(word, key, len) != 0 || word[len] != '='))
      continue;
    a->num--;
    memmove(&a->words[i], &a->words[i + 1], (a->num - i) * sizeof(*a->words));
    return flag ? "" : word + len + 1;
  }
  return NULL;
}

static int take_int(args_t *a, const char *key, int otherwise) {
  const char *value = take(a, key);
  return value != NULL ? atoi(value) : otherwise;
}

static cdtime_t take_time(args_t *a, const char *key, cdtime_t otherwise) {
  const char *value = take(a, key);
  return value != NULL ? parse_time(value) : otherwise;
}

static plugin_ctx_t take_context(args_t *a, const char *name) {
  cdtime_t interval = interval_g != 0 ? interval_g : (cdtime_t)10 << 30;
  const char *other = take(a, "name");
  plugin_ctx_t ctx = context_named(other != NULL ? other : name,
                                   take_time(a, "interval", interval));
  ctx.flush_interval = take_time(a, "flush_interval", 0);
  ctx.flush_timeout = take_time(a, "flush_timeout", 0);
  return ctx;
}

/* "/a/libfoo.so" and "/a/foo.so" are both the plugin "foo". */
static char *plugin_name(const char *path) {
  const char *base = strrchr(path, '/');
  base = base != NULL ? base + 1 : path;
  if (strncmp(base, "lib", 3) == 0)
    base += 3;
  char *name = must_copy(base);
  char *dot = strrchr(name, '.');
  if (dot != NULL)
    *dot = 0;
  return name;
}

static bool do_load(args_t *a) {
  if (a->num < 1)
    return false;
  char *name = plugin_name(a->words[0]);
  plugin_ctx_t ctx = take_context(a, name);
  free(name);
  int flags = RTLD_NOW | (take(a, "global") != NULL ? RTLD_GLOBAL : RTLD_LOCAL);
  void *handle = dlopen(a->words[0], flags);
  void (*module_register)(void) = NULL;
  if (handle != NULL)
    *(void **)&module_register = dlsym(handle, "module_register");
  if (module_register == NULL) {
    line_t l = line_start("load-failed");
    line_text(&l, "file", a->words[0]);
    line_text(&l, "error", dlerror());
    line_end(&l);
    return false;
  }
  plugin_ctx_t old = plugin_set_ctx(ctx);
  module_register();
  plugin_set_ctx(old);
  line_t l = line_start("loaded");
  line_text(&l, "file", a->words[0]);
  line_text(&l, "name", context_name(ctx));
  line_end(&l);
  return true;
}

static bool do_context(args_t *a) {
  plugin_set_ctx(take_context(a, "test"));
  return true;
}

static bool do_set(args_t *a) {
  if (a->num == 2)
    option_set(a->words[0], a->words[1]);
  return a->num == 2;
}

/* A command ends where its last line does. */
static bool with_line_end(const char *lines, bool (*run)(const char *)) {
  size_t len = strlen(lines);
  char *text = must_alloc(len + 2, 1);
  snprintf(text, len + 2, "%s%s", lines,
           len == 0 || lines[len - 1] == '\n' ? "" : "\n");
  bool good = run(text);
  free(text);
  return good;
}

static bool do_config(args_t *a) { return with_line_end(a->lines, config_run); }

/* As it stands: here the last line need not end. */
static bool do_tree(args_t *a) { return config_show(a->lines); }

static bool do_types(args_t *a) {
  return a->num == 1 && types_read(a->words[0]);
}

static bool do_clock(args_t *a) {
  if (a->num == 1)
    clock_set(parse_time(a->words[0]));
  return a->num == 1;
}

static bool do_time(args_t *a) {
  (void)a;
  line_t l = line_start("time");
  line_uint(&l, "now", cdtime());
  line_end(&l);
  return true;
}

static bool do_advance(args_t *a) {
  return a->num == 1 && advance_run(parse_time(a->words[0]));
}

static bool do_type(args_t *a) { return type_add(a->words, a->num); }

static bool do_init(args_t *a) {
  (void)a;
  init_run();
  return true;
}

static bool do_read(args_t *a) {
  bool background = take(a, "background") != NULL;
  return read_run(a->num > 0 ? a->words[0] : NULL, background);
}

static bool do_read_once(args_t *a) {
  (void)a;
  read_once();
  return true;
}

/* Frees what parsing put into a list that lives on the stack. */
static void drop(value_list_t *vl) {
  meta_free(vl->meta);
  free(vl->values);
}

static bool do_write(args_t *a) {
  int threads = take_int(a, "threads", 1);
  int repeat = take_int(a, "repeat", 1);
  bool background = take(a, "background") != NULL;
  bool veiled = take(a, "veiled") != NULL;
  const char *only = take(a, "writer");
  value_list_t vl = {0};
  bool good = parse_value_list(&vl, a->words, a->num);
  if (good)
    write_run(only, &vl, threads, repeat, veiled, background);
  drop(&vl);
  return good;
}

static bool do_dispatch(args_t *a) {
  int repeat = take_int(a, "repeat", 1);
  value_list_t vl = {0};
  bool good = parse_value_list(&vl, a->words, a->num);
  cdtime_t interval = vl.interval != 0 ? vl.interval : interval_g;
  plugin_ctx_t old = plugin_set_ctx(context_named("producer", interval));
  for (int i = 0; good && i < repeat; i++)
    dispatch_as_producer(&vl);
  plugin_set_ctx(old);
  drop(&vl);
  return good;
}

static bool do_cache(args_t *a) {
  value_list_t vl = {0};
  const data_set_t *ds = NULL;
  if (parse_value_list(&vl, a->words, a->num))
    ds = plugin_get_ds(vl.type);
  bool good = ds != NULL && ds->ds_num == vl.values_len;
  if (good)
    cache_update(ds, &vl);
  drop(&vl);
  return good;
}

static bool do_missing(args_t *a) {
  value_list_t vl = {0};
  if (a->num != 3 || !parse_identifier(&vl, a->words[0]))
    return false;
  vl.time = parse_time(a->words[1]);
  vl.interval = parse_time(a->words[2]);
  missing_run(&vl);
  cache_event_dispatch(CE_EXPIRED, a->words[0], &vl);
  return true;
}

static bool do_writers(args_t *a) {
  if (a->num == 1)
    writers_start((size_t)atoi(a->words[0]));
  return a->num == 1;
}

static bool do_wait(args_t *a) {
  (void)a;
  writers_wait();
  report_writes();
  return true;
}

static bool do_queue(args_t *a) {
  (void)a;
  dispatch_queue();
  return true;
}

static bool do_quiet(args_t *a) {
  dispatch_quiet(a->num == 0 || strcmp(a->words[0], "off") != 0);
  return true;
}

static bool do_flush(args_t *a) {
  const char *plugin = a->num > 0 ? a->words[0] : "-";
  cdtime_t timeout = a->num > 1 ? parse_time(a->words[1]) : 0;
  const char *identifier = a->num > 2 ? a->words[2] : NULL;
  plugin_flush(strcmp(plugin, "-") == 0 ? NULL : plugin, timeout, identifier);
  return true;
}

static bool do_log(args_t *a) {
  int threads = take_int(a, "threads", 1);
  int repeat = take_int(a, "repeat", 1);
  if (a->num != 2)
    return false;
  log_run(atoi(a->words[0]), a->words[1], threads, repeat);
  return true;
}

static bool do_notification(args_t *a) {
  return notification_run(a->words, a->num) != -22;
}

static bool do_unregister(args_t *a) {
  int status = 0;
  return a->num == 2 &&
         unregister_any(kind_of(a->words[0]), a->words[1], &status) &&
         status == 0;
}

static bool do_fail(args_t *a) {
  if (a->num < 2 || kind_of(a->words[0]) == K_COUNT)
    return false;
  bool keep = a->num > 2 && strcmp(a->words[2], "kept") == 0;
  fail_registration(kind_of(a->words[0]), atoi(a->words[1]), keep);
  return true;
}

static kind_t chain_kind(const args_t *a) {
  kind_t kind = a->num >= 2 ? kind_of(a->words[0]) : K_COUNT;
  return kind == K_MATCH || kind == K_TARGET ? kind : K_COUNT;
}

static bool do_create(args_t *a) {
  kind_t kind = chain_kind(a);
  return kind != K_COUNT && chain_create(kind, a->words[1], a->lines);
}

static bool do_call(args_t *a) {
  kind_t kind = chain_kind(a);
  value_list_t vl = {0};
  bool good = kind != K_COUNT &&
              parse_value_list(&vl, a->words + 2, a->num - 2) &&
              chain_call(kind, a->words[1], &vl);
  drop(&vl);
  return good;
}

static bool do_destroy(args_t *a) {
  kind_t kind = chain_kind(a);
  return kind != K_COUNT && chain_destroy(kind, a->words[1]);
}

static bool do_shutdown(args_t *a) {
  (void)a;
  shutdown_run();
  return true;
}

static bool do_stats(args_t *a) {
  (void)a;
  line_t l = line_start("stats");
  dispatch_stats(&l);
  meta_stats(&l);
  notification_stats(&l);
  track_stats(&l);
  list_stats(&l);
  line_end(&l);
  return true;
}

static bool do_heap(args_t *a) {
  (void)a;
  line_t l = line_start("heap");
  line_uint(&l, "in_use", heap_in_use());
  line_end(&l);
  return true;
}

static bool do_reset(args_t *a) {
  (void)a;
  shutdown_run();
  dispatch_reset();
  lists_reset();
  meta_reset();
  notification_reset();
  track_reset();
  cache_reset();
  chain_reset();
  options_reset();
  modules_reset();
  types_reset();
  plugin_set_ctx((plugin_ctx_t){0});
  return true;
}

static const struct {
  const char *name;
  bool (*run)(args_t *);
} commands[] = {
    {"load", do_load},
    {"context", do_context},
    {"set", do_set},
    {"config", do_config},
    {"tree", do_tree},
    {"types", do_types},
    {"clock", do_clock},
    {"time", do_time},
    {"advance", do_advance},
    {"type", do_type},
    {"init", do_init},
    {"read", do_read},
    {"read-once", do_read_once},
    {"write", do_write},
    {"dispatch", do_dispatch},
    {"cache", do_cache},
    {"missing", do_missing},
    {"writers", do_writers},
    {"wait", do_wait},
    {"queue", do_queue},
    {"quiet", do_quiet},
    {"flush", do_flush},
    {"log", do_log},
    {"notification", do_notification},
    {"unregister", do_unregister},
    {"fail", do_fail},
    {"create", do_create},
    {"call", do_call},
    {"destroy", do_destroy},
    {"shutdown", do_shutdown},
    {"stats", do_stats},
    {"heap", do_heap},
    {"reset", do_reset},
};

bool command_takes_lines(const char *command) {
  return strncmp(command, "config", 6) == 0 ||
         strncmp(command, "tree", 4) == 0 ||
         strncmp(command, "create", 6) == 0;
}

bool fake_run(const char *command) {
  char *copy = must_copy(command);
  char *lines = copy;
  char *first = strsep(&lines, "\n");
  char *words[MAX_WORDS];
  size_t num = split_words(first, words, MAX_WORDS);
  args_t args = {words + 1, num > 0 ? num - 1 : 0, lines != NULL ? lines : ""};
  bool done = false;
  for (size_t i = 0; num > 0 && i < sizeof(commands) / sizeof(*commands); i++)
    if (strcmp(commands[i].name, words[0]) == 0)
      done = commands[i].run(&args);
  line_t l = line_start("done");
  line_int(&l, "ok", done);
  line_text(&l, "command", num > 0 ? words[0] : "");
  line_end(&l);
  free(copy);
  return done;
}

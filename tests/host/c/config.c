/* What the daemon does with its configuration. */
#define _DEFAULT_SOURCE
#include "fake.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Plugins that are linked, and loaded when the configuration says so. */
static struct module {
  char *name; /* empty: whatever the first line asks for */
  module_fn fn;
  bool loaded;
  struct module *next;
} *modules;

bool fake_module(const char *name, module_fn fn) {
  struct module **at = &modules;
  while (*at != NULL)
    at = &(*at)->next;
  *at = must_alloc(1, sizeof(**at));
  **at = (struct module){.name = must_copy(name), .fn = fn};
  return true;
}

/* While a module is asked for its name: it registers what then is not there. */
static bool probing;
static char *probed;

bool probe(kind_t kind, const char *name) {
  if (!probing)
    return false;
  /* Files of filters are called after their kind, too. */
  const char *prefix = kind == K_MATCH    ? "match_"
                       : kind == K_TARGET ? "target_"
                                          : "";
  if (probed == NULL && name != NULL &&
      (kind == K_CONFIG || kind == K_MATCH || kind == K_TARGET)) {
    size_t size = strlen(prefix) + strlen(name) + 1;
    probed = must_alloc(size, 1);
    snprintf(probed, size, "%s%s", prefix, name);
  }
  return true;
}

/* Several plugins are to be loaded: which of them is this one? */
static void name_modules(void) {
  for (struct module *m = modules; m != NULL; m = m->next) {
    if (m->name[0] != 0 || m->loaded)
      continue;
    probing = true;
    m->fn();
    probing = false;
    if (probed != NULL) {
      free(m->name);
      m->name = probed;
      probed = NULL;
    }
  }
}

void modules_reset(void) {
  while (modules != NULL) {
    struct module *next = modules->next;
    free(modules->name);
    free(modules);
    modules = next;
  }
}

static const char *first_text(const oconfig_item_t *item) {
  bool is_text = item->values_num > 0 && item->values[0].type == OC_STRING;
  return is_text ? item->values[0].value.string : "";
}

static bool is_key(const oconfig_item_t *item, const char *key) {
  return strcasecmp(item->key, key) == 0;
}

static bool has_time(const oconfig_item_t *item, const char *key, cdtime_t *to) {
  bool is_time = is_key(item, key) && item->values_num == 1 &&
                 item->values[0].type == OC_NUMBER;
  if (is_time)
    *to = (cdtime_t)(item->values[0].value.number * 1073741824.0);
  return is_time;
}

static void load(struct module *m, const char *name,
                 const oconfig_item_t *item) {
  cdtime_t interval = interval_g != 0 ? interval_g : (cdtime_t)10 << 30;
  plugin_ctx_t ctx = context_named(name, interval);
  for (int i = 0; item != NULL && i < item->children_num; i++) {
    const oconfig_item_t *child = &item->children[i];
    if (!has_time(child, "Interval", &ctx.interval) &&
        !has_time(child, "FlushInterval", &ctx.flush_interval) &&
        !has_time(child, "FlushTimeout", &ctx.flush_timeout) &&
        !is_key(child, "Globals"))
      daemon_says(SEV_WARNING, "the option \"%s\" of LoadPlugin \"%s\" is "
                               "none, or has no number",
                  child->key, name);
  }
  m->loaded = true;
  plugin_ctx_t old = plugin_set_ctx(ctx);
  m->fn();
  plugin_set_ctx(old);
}

static void load_plugin(const oconfig_item_t *item) {
  const char *name = first_text(item);
  struct module *found = NULL;
  for (struct module *m = modules; m != NULL; m = m->next) {
    if (strcasecmp(m->name, name) == 0 && *name != 0)
      found = m;
    else if (found == NULL && m->name[0] == 0 && !m->loaded)
      found = m;
  }
  if (found == NULL)
    daemon_says(SEV_WARNING, "there is no plugin \"%s\" here: its LoadPlugin "
                             "line is ignored",
                name);
  else if (!found->loaded)
    load(found, name, item);
}

/* Who has no LoadPlugin line is loaded all the same. */
static void load_rest(const char *name) {
  for (struct module *m = modules; m != NULL; m = m->next)
    if (!m->loaded)
      load(m, m->name[0] != 0 ? m->name : name, NULL);
}

static void plugin_block(oconfig_item_t *item) {
  const char *name = first_text(item);
  plugin_ctx_t ctx = {0};
  config_cb fn = config_callback(name, &ctx);
  if (fn == NULL) {
    daemon_says(SEV_WARNING, "no configuration callback for \"%s\": its "
                             "block is ignored",
                name);
    return;
  }
  plugin_ctx_t old = plugin_set_ctx(ctx);
  int status = fn(item);
  plugin_set_ctx(old);
  returned("config", name, status);
}

static void global_option(const oconfig_item_t *item) {
  char text[64];
  if (item->values_num != 1)
    return;
  const oconfig_value_t *v = &item->values[0];
  if (v->type == OC_NUMBER)
    snprintf(text, sizeof(text), "%.17g", v->value.number);
  else
    snprintf(text, sizeof(text), "%s", v->value.boolean ? "true" : "false");
  option_keep(item->key, v->type == OC_STRING ? v->value.string : text);
}

static bool refuse(const oconfig_item_t *item, const char *what) {
  line_t l = line_start("config-error");
  line_text(&l, "near", item->key);
  line_text(&l, "text", what);
  line_end(&l);
  return false;
}

static bool statement(oconfig_item_t *item) {
  if (is_key(item, "Include"))
    return refuse(item, "a test has no files to include");
  if (is_key(item, "LoadPlugin")) {
    load_plugin(item);
  } else if (is_key(item, "Plugin")) {
    load_rest(first_text(item));
    plugin_block(item);
  } else if (is_key(item, "TypesDB")) {
    for (int i = 0; i < item->values_num; i++)
      if (item->values[i].type == OC_STRING &&
          !types_read(item->values[i].value.string))
        return refuse(item, "the file cannot be read");
  } else if (item->children_num > 0) {
    daemon_says(SEV_WARNING, "the block <%s> is ignored here", item->key);
  } else {
    global_option(item);
  }
  return true;
}

bool config_run(const char *text) {
  oconfig_item_t *root = config_parse(text);
  bool good = root != NULL;
  int lines = 0;
  for (int i = 0; good && i < root->children_num; i++)
    lines += is_key(&root->children[i], "LoadPlugin");
  if (lines > 1)
    name_modules();
  for (int i = 0; good && i < root->children_num; i++)
    good = statement(&root->children[i]);
  if (good)
    load_rest("test");
  config_free(root);
  return good;
}

static void show(const oconfig_item_t *item, line_t *l) {
  line_text(l, "key", item->key);
  for (int i = 0; i < item->values_num; i++) {
    const oconfig_value_t *v = &item->values[i];
    if (v->type == OC_STRING)
      line_text(l, "string", v->value.string);
    else if (v->type == OC_NUMBER)
      line_double(l, "number", v->value.number);
    else
      line_int(l, "boolean", v->value.boolean);
  }
  line_int(l, "children", item->children_num);
  for (int i = 0; i < item->children_num; i++)
    show(&item->children[i], l);
}

/* The tree that a text makes, shown and not used. */
bool config_show(const char *text) {
  oconfig_item_t *root = config_parse(text);
  line_t l = line_start("tree");
  for (int i = 0; root != NULL && i < root->children_num; i++)
    show(&root->children[i], &l);
  line_end(&l);
  config_free(root);
  return root != NULL;
}

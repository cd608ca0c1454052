/* Configuration: read into the tree that config callbacks get. */
#define _DEFAULT_SOURCE
#include "fake.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static oconfig_item_t *add_child(oconfig_item_t *parent) {
  size_t num = (size_t)parent->children_num + 1;
  parent->children = realloc(parent->children, num * sizeof(oconfig_item_t));
  if (parent->children == NULL)
    abort();
  oconfig_item_t *child = &parent->children[parent->children_num++];
  memset(child, 0, sizeof(*child));
  return child;
}

static bool word_in(const char *word, const char *a, const char *b,
                    const char *c) {
  return strcasecmp(word, a) == 0 || strcasecmp(word, b) == 0 ||
         strcasecmp(word, c) == 0;
}

static void add_value(oconfig_item_t *item, const char *word, bool quoted) {
  size_t num = (size_t)item->values_num + 1;
  item->values = realloc(item->values, num * sizeof(oconfig_value_t));
  if (item->values == NULL)
    abort();
  oconfig_value_t *v = &item->values[item->values_num++];
  char *end = NULL;
  double number = strtod(word, &end);
  bool yes = word_in(word, "true", "yes", "on");
  if (!quoted && (yes || word_in(word, "false", "no", "off"))) {
    v->type = OC_BOOLEAN;
    v->value.boolean = yes;
  } else if (!quoted && *word != 0 && *end == 0) {
    v->type = OC_NUMBER;
    v->value.number = number;
  } else {
    v->type = OC_STRING;
    v->value.string = must_copy(word);
  }
}

/* The next word of a line, in place; NULL at its end. */
static char *next_word(char **at, bool *quoted) {
  char *from = *at;
  while (isspace((unsigned char)*from))
    from++;
  if (*from == 0 || *from == '#')
    return NULL;
  *quoted = *from == '"';
  char *word = *quoted ? ++from : from;
  char *to = word;
  while (*from != 0 &&
         !(*quoted ? *from == '"' : isspace((unsigned char)*from) != 0)) {
    if (*quoted && *from == '\\' && from[1] != 0)
      from++;
    *to++ = *from++;
  }
  *at = *from != 0 ? from + 1 : from;
  *to = 0;
  return word;
}

static bool parse_line(oconfig_item_t *item, char *line) {
  bool quoted;
  char *word = next_word(&line, &quoted);
  if (word == NULL)
    return false;
  item->key = must_copy(word);
  while ((word = next_word(&line, &quoted)) != NULL)
    add_value(item, word, quoted);
  return true;
}

static bool is_blank(const char *line) {
  while (isspace((unsigned char)*line))
    line++;
  return *line == 0 || *line == '#';
}

/* Reads up to the closing line of the block; false when it is malformed. */
static bool parse_block(oconfig_item_t *block, char **lines) {
  char *line;
  while ((line = strsep(lines, "\n")) != NULL) {
    while (isspace((unsigned char)*line))
      line++;
    if (is_blank(line))
      continue;
    if (line[0] == '<' && line[1] == '/')
      return block->key != NULL;
    bool opens = line[0] == '<';
    if (opens) {
      char *end = strrchr(line, '>');
      if (end == NULL)
        return false;
      *end = 0;
      line++;
    }
    oconfig_item_t child = {0};
    bool good = parse_line(&child, line);
    if (good && opens)
      good = parse_block(&child, lines);
    *add_child(block) = child;
    if (!good)
      return false;
  }
  return block->key == NULL;
}

static void set_parents(oconfig_item_t *item) {
  for (int i = 0; i < item->children_num; i++) {
    item->children[i].parent = item;
    set_parents(&item->children[i]);
  }
}

static void clear(oconfig_item_t *item) {
  for (int i = 0; i < item->values_num; i++)
    if (item->values[i].type == OC_STRING)
      free(item->values[i].value.string);
  for (int i = 0; i < item->children_num; i++)
    clear(&item->children[i]);
  free(item->values);
  free(item->children);
  free(item->key);
}

oconfig_item_t *config_parse(const char *text) {
  oconfig_item_t *root = must_alloc(1, sizeof(*root));
  char *copy = must_copy(text);
  char *lines = copy;
  bool good = parse_block(root, &lines);
  free(copy);
  if (!good) {
    config_free(root);
    return NULL;
  }
  set_parents(root);
  return root;
}

void config_free(oconfig_item_t *root) {
  if (root != NULL)
    clear(root);
  free(root);
}

static void plugin_block(oconfig_item_t *item) {
  const char *name = item->values_num > 0 && item->values[0].type == OC_STRING
                         ? item->values[0].value.string
                         : "";
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
  option_set(item->key, v->type == OC_STRING ? v->value.string : text);
}

bool config_run(const char *text) {
  oconfig_item_t *root = config_parse(text);
  if (root == NULL)
    return false;
  for (int i = 0; i < root->children_num; i++) {
    if (strcasecmp(root->children[i].key, "Plugin") == 0)
      plugin_block(&root->children[i]);
    else
      global_option(&root->children[i]);
  }
  config_free(root);
  return true;
}

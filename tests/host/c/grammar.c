/* collectd's configuration language, as its scanner and its parser take it:
   the longest token wins, and what is no token is passed over. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

/* Far below what a thread's stack holds, far beyond any configuration. */
#define MAX_DEPTH 1000

typedef enum {
  T_END,
  T_LINE_END,
  T_SLASH,
  T_OPEN,
  T_CLOSE,
  T_TRUE,
  T_FALSE,
  T_NUMBER,
  T_QUOTED,
  T_WORD
} token_t;

typedef struct {
  const char *text;
  const char *start; /* of the token */
  const char *at;    /* behind it */
  token_t token;
  char *string; /* what a word or quoted token says */
  const char *problem;
} parser_t;

/* From behind the opening character to where the longest text ends: at a
   quote, or at a backslash that ends its line. */
static const char *quoted_end(const char *p, bool *continues) {
  const char *best = NULL;
  for (; *p != 0; p++) {
    if (*p == '"') {
      *continues = false;
      return p + 1;
    }
    if (*p != '\\')
      continue;
    if (p[1] == '\n') {
      *continues = true;
      return p + 2;
    }
    if (p[1] == 0)
      break;
    /* Also an escaped character, if the text goes on. */
    if (p[1] == '\r' && p[2] == '\n') {
      *continues = true;
      best = p + 3;
    }
    p++;
  }
  return best;
}

static void keep(parser_t *s, const char *from, size_t len) {
  size_t old = s->string != NULL ? strlen(s->string) : 0;
  s->string = realloc(s->string, old + len + 1);
  if (s->string == NULL)
    abort();
  memcpy(s->string + old, from, len);
  s->string[old + len] = 0;
}

/* Without the backslash, and the carriage return, that end the line. */
static void keep_line(parser_t *s, const char *from, const char *end) {
  keep(s, from, (size_t)(end - from) - (end[-2] == '\r' ? 3 : 2));
}

/* The lines that go on with a quoted text. */
static bool more_lines(parser_t *s, const char *p) {
  while (*p != 0) {
    if (p[-1] == '\n')
      p += strspn(p, " \t\b");
    bool continues = false;
    bool blank = *p == 0 || strchr(" \t\b", *p) != NULL;
    const char *end = blank ? NULL : quoted_end(p + 1, &continues);
    if (end == NULL) {
      p += *p != 0;
    } else if (continues) {
      keep_line(s, p, end);
      p = end;
    } else {
      keep(s, p, (size_t)(end - p));
      s->at = end;
      return true;
    }
  }
  s->at = p;
  return false;
}

static void unquote(char *text) {
  size_t len = strlen(text) - 2;
  memmove(text, text + 1, len);
  text[len] = 0;
  for (size_t i = 0; i < len; i++) {
    if (text[i] == '\\') {
      memmove(text + i, text + i + 1, len - i);
      len--;
    }
  }
}

/* At a quote; false when it begins no text, and is passed over. */
static bool scan_quoted(parser_t *s, const char *p) {
  bool continues = false;
  const char *end = quoted_end(p + 1, &continues);
  if (end == NULL)
    return false;
  s->start = p;
  s->token = T_QUOTED;
  if (!continues) {
    keep(s, p, (size_t)(end - p));
    s->at = end;
  } else {
    keep_line(s, p, end);
    if (!more_lines(s, end))
      s->token = T_END;
  }
  if (s->token == T_QUOTED)
    unquote(s->string);
  return true;
}

static size_t word_len(const char *p, const char *word) {
  size_t len = strlen(word);
  return strncmp(p, word, len) == 0 ? len : 0;
}

static size_t longest(size_t a, size_t b) { return a > b ? a : b; }

/* Of several that are equally long, the first one. */
static bool scan_word(parser_t *s, const char *p) {
  static const char word[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz_";
  const struct {
    token_t token;
    size_t len;
  } all[] = {
      {T_TRUE, longest(word_len(p, "true"),
                       longest(word_len(p, "yes"), word_len(p, "on")))},
      {T_FALSE, longest(word_len(p, "false"),
                        longest(word_len(p, "no"), word_len(p, "off")))},
      {T_WORD, address_len(p)},
      {T_NUMBER, number_len(p)},
      {T_WORD, strspn(p, word)},
  };
  size_t len = 0;
  for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
    if (all[i].len > len) {
      len = all[i].len;
      s->token = all[i].token;
    }
  }
  if (len == 0)
    return false;
  s->start = p;
  s->at = p + len;
  keep(s, p, len);
  return true;
}

static void next(parser_t *s) {
  free(s->string);
  s->string = NULL;
  for (const char *p = s->at;; p++) {
    size_t end = *p == '\n' ? 1 : p[0] == '\r' && p[1] == '\n' ? 2 : 0;
    const char *mark = *p != 0 ? strchr("/<>", *p) : NULL;
    s->start = p;
    s->at = p + (end != 0 ? end : 1);
    if (*p == 0) {
      s->token = T_END;
      s->at = p;
      return;
    }
    if (end != 0 || mark != NULL) {
      s->token = end != 0 ? T_LINE_END
                 : *p == '/' ? T_SLASH
                 : *p == '<' ? T_OPEN
                             : T_CLOSE;
      return;
    }
    if (*p == '#') {
      p += strcspn(p, "\n") - 1;
    } else if (*p == '\\') {
      /* The line goes on; any other backslash is passed over. */
      p += p[1] == '\n' ? 1 : p[1] == '\r' && p[2] == '\n' ? 2 : 0;
    } else if (*p == '"' ? scan_quoted(s, p) : scan_word(s, p)) {
      return;
    }
  }
}

static bool fail(parser_t *s, const char *problem) {
  s->problem = problem;
  return false;
}

static bool take(parser_t *s, token_t token, const char *problem) {
  if (s->token != token)
    return fail(s, problem);
  next(s);
  return true;
}

static bool take_key(parser_t *s, char **key) {
  if (s->token != T_WORD)
    return fail(s, "the name of an option is expected");
  *key = must_copy(s->string);
  next(s);
  return true;
}

static void take_values(parser_t *s, oconfig_item_t *item) {
  while (s->token >= T_TRUE) {
    size_t num = (size_t)item->values_num + 1;
    item->values = realloc(item->values, num * sizeof(oconfig_value_t));
    if (item->values == NULL)
      abort();
    oconfig_value_t *v = &item->values[item->values_num++];
    if (s->token == T_NUMBER) {
      v->type = OC_NUMBER;
      v->value.number = strtod(s->string, NULL);
    } else if (s->token == T_TRUE || s->token == T_FALSE) {
      v->type = OC_BOOLEAN;
      v->value.boolean = s->token == T_TRUE;
    } else {
      v->type = OC_STRING;
      v->value.string = must_copy(s->string);
    }
    next(s);
  }
}

static bool take_end(parser_t *s, const char *key) {
  char *closing = NULL;
  bool good = take_key(s, &closing);
  if (good && strcmp(closing, key) != 0)
    good = fail(s, "another block is open here");
  free(closing);
  return good && take(s, T_CLOSE, "\">\" is expected") &&
         take(s, T_LINE_END, "the end of the line is expected");
}

static bool take_statements(parser_t *s, oconfig_item_t *block, int depth);

/* Behind the "<". */
static bool take_block(parser_t *s, oconfig_item_t *item, int depth) {
  if (!take_key(s, &item->key))
    return false;
  take_values(s, item);
  if (depth > MAX_DEPTH)
    return fail(s, "blocks are nested too deeply");
  return take(s, T_CLOSE, "a value or \">\" is expected") &&
         take(s, T_LINE_END, "the end of the line is expected") &&
         take_statements(s, item, depth);
}

static bool take_option(parser_t *s, oconfig_item_t *item) {
  if (!take_key(s, &item->key))
    return false;
  take_values(s, item);
  if (item->values_num == 0)
    return fail(s, "a value is expected");
  return take(s, T_LINE_END, "a value or the end of the line is expected");
}

static void add_child(oconfig_item_t *parent, oconfig_item_t child) {
  size_t num = (size_t)parent->children_num + 1;
  parent->children = realloc(parent->children, num * sizeof(oconfig_item_t));
  if (parent->children == NULL)
    abort();
  parent->children[parent->children_num++] = child;
}

/* Up to the end of the block, or of the text where there is none. */
static bool take_statements(parser_t *s, oconfig_item_t *block, int depth) {
  for (;;) {
    if (s->token == T_END)
      return block->key == NULL || fail(s, "a block is still open");
    if (s->token == T_LINE_END) {
      next(s);
      continue;
    }
    bool opens = s->token == T_OPEN;
    if (opens) {
      next(s);
      if (s->token == T_SLASH && block->key != NULL) {
        next(s);
        return take_end(s, block->key);
      }
    }
    oconfig_item_t child = {0};
    bool good =
        opens ? take_block(s, &child, depth + 1) : take_option(s, &child);
    /* A block with nothing at all is as if it were not there. */
    if (good && child.values_num == 0 && child.children_num == 0)
      free(child.key);
    else
      add_child(block, child);
    if (!good)
      return false;
  }
}

static void set_parents(oconfig_item_t *item) {
  for (int i = 0; i < item->children_num; i++) {
    item->children[i].parent = item;
    set_parents(&item->children[i]);
  }
}

static void report(const parser_t *s) {
  size_t line = 1;
  size_t column = 1;
  for (const char *p = s->text; p < s->start; p++) {
    column = *p == '\n' ? 1 : column + 1;
    line += *p == '\n';
  }
  size_t len = s->token > T_LINE_END ? (size_t)(s->at - s->start) : 0;
  line_t l = line_start("config-error");
  line_uint(&l, "line", line);
  line_uint(&l, "column", column);
  line_name(&l, "near", s->start, len < 40 ? len : 40);
  line_text(&l, "text", s->problem);
  line_end(&l);
}

oconfig_item_t *config_parse(const char *text) {
  oconfig_item_t *root = must_alloc(1, sizeof(*root));
  parser_t s = {.text = text, .at = text};
  next(&s);
  bool good = take_statements(&s, root, 0);
  if (!good)
    report(&s);
  free(s.string);
  if (!good) {
    config_free(root);
    return NULL;
  }
  set_parents(root);
  return root;
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

void config_free(oconfig_item_t *root) {
  if (root != NULL)
    clear(root);
  free(root);
}

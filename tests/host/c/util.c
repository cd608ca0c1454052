#include "fake.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *const kind_names[K_COUNT] = {
    "config",      "init",         "read",     "write", "flush", "missing",
    "cache_event", "notification", "shutdown", "log",   "match", "target"};

kind_t kind_of(const char *name) {
  kind_t kind = 0;
  while (kind < K_COUNT && strcmp(kind_names[kind], name) != 0)
    kind++;
  return kind;
}

void *must_alloc(size_t num, size_t size) {
  void *memory = calloc(num != 0 ? num : 1, size);
  if (memory == NULL) {
    fputs("fake-collectd: out of memory\n", stderr);
    abort();
  }
  return memory;
}

char *must_copy(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(must_alloc(size, 1), text, size);
}

void copy_name(char *to, size_t size, const char *from) {
  size_t len = strlen(from);
  if (len >= size)
    len = size - 1;
  memmove(to, from, len);
  to[len] = 0;
}

/* What stands after a backslash; moves past it. */
static char escaped(const char **from) {
  char c = **from;
  if (c == 'x' && isxdigit((unsigned char)(*from)[1]) &&
      isxdigit((unsigned char)(*from)[2])) {
    char hex[3] = {(*from)[1], (*from)[2], 0};
    *from += 3;
    return (char)strtol(hex, NULL, 16);
  }
  if (c != 0)
    *from += 1;
  return c == 'n' ? '\n' : c == 't' ? '\t' : c;
}

size_t split_words(char *line, char **words, size_t max) {
  size_t num = 0;
  const char *from = line;
  while (num < max) {
    while (isspace((unsigned char)*from))
      from++;
    if (*from == 0)
      break;
    char *to = line + (from - line);
    words[num++] = to;
    bool quoted = false;
    bool more = true;
    while (*from != 0) {
      if (*from == '"') {
        quoted = !quoted;
        from++;
      } else if (quoted && *from == '\\') {
        from++;
        *to++ = escaped(&from);
      } else if (!quoted && isspace((unsigned char)*from)) {
        break;
      } else {
        *to++ = *from++;
      }
    }
    more = *from != 0;
    *to = 0;
    if (!more)
      break;
    from++;
  }
  return num;
}

void returned(const char *callback, const char *name, int status) {
  line_t l = line_start("returned");
  line_word(&l, "callback", callback);
  line_text(&l, "name", name);
  line_int(&l, "status", status);
  line_end(&l);
}

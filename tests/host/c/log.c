/* plugin_log, and what the daemon itself says through the same callbacks. */
#include "fake.h"

#include <stdarg.h>

/* As much as the daemon formats. */
#define LOG_SIZE 1024
/* The daemon would run until its stack ends. */
#define TOO_DEEP 8

static _Thread_local int depth;

static void to_callbacks(int level, const char *text) {
  if (depth >= TOO_DEEP) {
    abuse("a log callback logs: the daemon would recurse without end");
    return;
  }
  depth++;
  for (node_t *n = list_head(K_LOG); n != NULL; n = n->next) {
    if (n->cb == NULL) {
      abuse("logged while log callbacks are freed: the daemon would crash");
      break;
    }
    /* In the context of whoever logs. */
    __atomic_add_fetch(&n->cb->calls, 1, __ATOMIC_RELAXED);
    ((log_cb)n->cb->fn)(level, text, &n->cb->ud);
  }
  depth--;
}

static void log_text(const char *origin, int level, const char *format,
                     const char *text, int len) {
  line_t l = line_start("log");
  line_int(&l, "severity", level);
  line_word(&l, "origin", origin);
  line_text(&l, "format", format);
  line_text(&l, "text", text);
  line_int(&l, "truncated", len >= LOG_SIZE);
  line_text(&l, "context", context_name(plugin_get_ctx()));
  line_text(&l, "thread", thread_role());
  line_end(&l);
  /* Packaged daemons are built without debug messages. */
  if (level < SEV_DEBUG)
    to_callbacks(level, text);
}

static void log_line(const char *origin, int level, const char *format,
                     va_list ap) {
  char text[LOG_SIZE];
  int len = vsnprintf(text, sizeof(text), format, ap);
  log_text(origin, level, format, text, len);
}

void plugin_log(int level, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  log_line("plugin", level, format, ap);
  va_end(ap);
}

#if RELEASE >= 509
void daemon_log(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void daemon_log(int level, const char *format, ...) {
  char text[LOG_SIZE];
  char whole[LOG_SIZE];
  const char *name = context_name(plugin_get_ctx());
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  int len = snprintf(whole, sizeof(whole), "%s%s%s", name != NULL ? name : "",
                     name != NULL ? " plugin: " : "", text);
  log_text("plugin", level, format, whole, len);
}
#endif

void daemon_says(int level, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  log_line("daemon", level, format, ap);
  va_end(ap);
}

/* What the files of the fake daemon know of each other. */
#ifndef FAKE_H
#define FAKE_H 1

#include "abi.h"

#include <stdio.h>

/* Plugins must not see more than a daemon exports. */
#pragma GCC visibility push(hidden)

/* Callback kinds, in the order of kind_names. */
typedef enum {
  K_CONFIG,
  K_INIT,
  K_READ,
  K_WRITE,
  K_FLUSH,
  K_MISSING,
  K_CACHE_EVENT,
  K_NOTIFICATION,
  K_SHUTDOWN,
  K_LOG,
  K_MATCH,
  K_TARGET,
  K_COUNT
} kind_t;

extern const char *const kind_names[K_COUNT];
/* K_COUNT when there is no such kind. */
kind_t kind_of(const char *name);

/* guard.c: in the library only. */
void guard_against_plugins(void);

/* emit.c: one event is one line. */
typedef struct {
  char *text;
  size_t len;
  size_t size;
} line_t;

line_t line_start(const char *event);
void line_word(line_t *l, const char *key, const char *value);
void line_text(line_t *l, const char *key, const char *value);
/* An array that need not be terminated. */
void line_name(line_t *l, const char *key, const char *value, size_t size);
void line_int(line_t *l, const char *key, long long value);
void line_uint(line_t *l, const char *key, unsigned long long value);
void line_bits(line_t *l, const char *key, const value_t *values, size_t num);
void line_double(line_t *l, const char *key, double value);
void line_value_list(line_t *l, const value_list_t *vl);
void line_end(line_t *l);
void emit_to(FILE *stream);
/* What the plugin must not do, though it may get away with it. */
void abuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
void set_thread_role(const char *role);
const char *thread_role(void);

/* track.c: memory that whoever called has to free(). */
typedef enum { T_STRING, T_TOC, T_RATES, T_NAMES, T_COUNT } track_t;
void *hand_out(track_t kind, void *memory);
size_t heap_in_use(void);
void track_stats(line_t *l);
void track_reset(void);

/* log.c */
void daemon_says(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* lists.c: every kind but reads, cache events and filter chains. */
typedef void (*any_fn)(void);
typedef struct callback_s {
  char *name;
  any_fn fn;
  user_data_t ud;
  plugin_ctx_t ctx;
  unsigned long calls;
  unsigned long failures;
  int status;
} callback_t;
typedef struct node_s {
  callback_t *cb; /* NULL once its list is being torn down */
  struct node_s *next;
} node_t;

node_t *list_head(kind_t kind);
void list_destroy(kind_t kind);
int list_unregister(kind_t kind, const char *name);
void release_user_data(kind_t kind, const char *name, const user_data_t *ud);
void report_registration(kind_t kind, const char *name, int status,
                         const user_data_t *ud, const char *group,
                         cdtime_t interval);
/* Arms "fail"; then 0 to go on, 1 to fail and free, 2 to fail and keep. */
void fail_registration(kind_t kind, int nth, bool keep);
int must_fail(kind_t kind);
void list_stats(line_t *l);
void lists_reset(void);
bool unregister_any(kind_t kind, const char *name, int *status);
config_cb config_callback(const char *name, plugin_ctx_t *ctx);
void config_forget_all(void);
void cache_events_destroy(void);
void cache_event_dispatch(int type, const char *name, const value_list_t *vl);

/* reads.c */
bool read_run(const char *name, bool background);
void read_once(void);
void reads_join(void);
void reads_destroy(void);
/* The name of the next one to call, a copy, and when; NULL without any. */
char *reads_next(cdtime_t *due);

/* context.c */
plugin_ctx_t context_named(const char *name, cdtime_t interval);
const char *context_name(plugin_ctx_t ctx);
void option_set(const char *key, const char *value);
/* As the configuration does: the host name is used from init on. */
void option_keep(const char *key, const char *value);
/* Stops the clock at a time, which is 0 where it runs. */
void clock_set(cdtime_t time);
bool clock_stands(void);
void options_reset(void);

/* types.c */
void types_reset(void);
/* A file as types.db. */
bool types_read(const char *path);
bool type_add(char **words, size_t num);
/* The kinds of a type's values; nothing when it is not known. */
void line_kinds(line_t *l, const char *type);

/* meta.c */
meta_data_t *meta_new(void);
meta_data_t *meta_copy(meta_data_t *orig);
void meta_free(meta_data_t *md);
void meta_line(line_t *l, meta_data_t *md);
void meta_stats(line_t *l);
void meta_reset(void);

/* dispatch.c */
void writers_start(size_t num);
void writers_wait(void);
void writers_stop(void);
void dispatch_quiet(bool quiet);
void dispatch_queue(void);
/* For a plugin that is not there. */
void dispatch_as_producer(const value_list_t *vl);
void write_everyone(const data_set_t *ds, const value_list_t *vl);
void dispatch_stats(line_t *l);
void dispatch_reset(void);

/* values.c */
char *format_name(const value_list_t *vl);
cdtime_t parse_time(const char *word);
/* Takes IDENT TIME INTERVAL VALUES and options off the words. */
bool parse_value_list(value_list_t *vl, char **words, size_t num);
bool parse_identifier(value_list_t *vl, const char *word);
/* host=… and the like: parts that an identifier cannot spell. */
bool parse_part(value_list_t *vl, char *word);
void value_list_free(value_list_t *vl);
value_list_t *value_list_clone(const value_list_t *vl);

/* cache.c */
void cache_update(const data_set_t *ds, const value_list_t *vl);
void cache_reset(void);
/* Tells of what got no values for too long, and forgets it. */
void cache_check_timeout(void);

/* notification.c */
int notification_run(char **words, size_t num);
void notification_stats(line_t *l);
void notification_reset(void);

/* calls.c */
int init_run(void);
/* The daemon's work in this span of time, which passes at once. */
bool advance_run(cdtime_t span);
void write_run(const char *only, const value_list_t *vl, int threads,
               int repeat, bool veiled, bool background);
void writes_join(void);
/* How often each write callback was called since the last report. */
void report_writes(void);
int missing_run(const value_list_t *vl);
void log_run(int severity, const char *text, int threads, int repeat);
int shutdown_run(void);

/* words.c: how much of a text is one; 0 when it is none. */
size_t number_len(const char *p);
size_t address_len(const char *p);

/* grammar.c: NULL, and an event, when it is malformed. */
oconfig_item_t *config_parse(const char *text);
void config_free(oconfig_item_t *root);

/* config.c */
typedef void (*module_fn)(void);
/* A plugin that is linked; the next configuration loads it. */
bool fake_module(const char *name, module_fn fn);
void modules_reset(void);
/* Whether a registration is only made to be seen. */
bool probe(kind_t kind, const char *name);
bool config_run(const char *text);
bool config_show(const char *text);

/* chain.c */
bool chain_create(kind_t kind, const char *name, const char *config);
bool chain_call(kind_t kind, const char *name, value_list_t *vl);
bool chain_destroy(kind_t kind, const char *name);
void chain_reset(void);

/* script.c: one command; config and chains bring their lines along. */
bool fake_run(const char *command);
bool command_takes_lines(const char *command);
/* Everything that happened since; the caller frees it. */
char *fake_take(void);

/* util.c */
void *must_alloc(size_t num, size_t size);
char *must_copy(const char *text);
void copy_name(char *to, size_t size, const char *from);
/* Splits at blanks, keeps "quoted \x41 text" together, in place. */
size_t split_words(char *line, char **words, size_t max);
void returned(const char *callback, const char *name, int status);

#pragma GCC visibility pop

#endif

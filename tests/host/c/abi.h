/*
 * The plugin interface as a running daemon offers it: layouts and signatures,
 * nothing of its headers, so that the tests build where those are missing.
 * RELEASE (508, 510, 512, 600) chooses whose.
 */
#ifndef ABI_H
#define ABI_H 1

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef RELEASE
#define RELEASE 512
#endif

#define NAME_LEN 128
#define MESSAGE_LEN 256

enum { DS_COUNTER, DS_GAUGE, DS_DERIVE, DS_ABSOLUTE };
enum { SEV_ERR = 3, SEV_WARNING, SEV_NOTICE, SEV_INFO, SEV_DEBUG };
enum { MD_STRING = 1, MD_SIGNED, MD_UNSIGNED, MD_DOUBLE, MD_BOOLEAN };
enum { NM_STRING, NM_SIGNED, NM_UNSIGNED, NM_DOUBLE, NM_BOOLEAN };
enum { OC_STRING, OC_NUMBER, OC_BOOLEAN };
enum { CE_NEW, CE_UPDATE, CE_EXPIRED };

typedef uint64_t cdtime_t;
typedef struct meta_data_s meta_data_t;

typedef union {
  unsigned long long counter;
  double gauge;
  int64_t derive;
  uint64_t absolute;
} value_t;

typedef struct {
  value_t *values;
  size_t values_len;
  cdtime_t time;
  cdtime_t interval;
  char host[NAME_LEN];
  char plugin[NAME_LEN];
  char plugin_instance[NAME_LEN];
  char type[NAME_LEN];
  char type_instance[NAME_LEN];
  meta_data_t *meta;
} value_list_t;

typedef struct {
  char name[NAME_LEN];
  int type;
  double min;
  double max;
} data_source_t;

typedef struct {
  char type[NAME_LEN];
  size_t ds_num;
  data_source_t *ds;
} data_set_t;

typedef struct notification_meta_s {
  char name[NAME_LEN];
  int type;
  union {
    const char *nm_string;
    int64_t nm_signed_int;
    uint64_t nm_unsigned_int;
    double nm_double;
    bool nm_boolean;
  } nm_value;
  struct notification_meta_s *next;
} notification_meta_t;

typedef struct {
  int severity;
  cdtime_t time;
  char message[MESSAGE_LEN];
  char host[NAME_LEN];
  char plugin[NAME_LEN];
  char plugin_instance[NAME_LEN];
  char type[NAME_LEN];
  char type_instance[NAME_LEN];
  notification_meta_t *meta;
} notification_t;

typedef struct {
  void *data;
  void (*free_func)(void *);
} user_data_t;

typedef struct {
  union {
    char *string;
    double number;
    int boolean;
  } value;
  int type;
} oconfig_value_t;

typedef struct oconfig_item_s {
  char *key;
  oconfig_value_t *values;
  int values_num;
  struct oconfig_item_s *parent;
  struct oconfig_item_s *children;
  int children_num;
} oconfig_item_t;

typedef struct {
  int type;
  const value_list_t *value_list;
  const char *value_list_name;
  int ret;
} cache_event_t;

/* 24 bytes up to 5.8, 32 since. */
typedef struct {
#if RELEASE >= 509
  char *name;
#endif
  cdtime_t interval;
  cdtime_t flush_interval;
  cdtime_t flush_timeout;
} plugin_ctx_t;

typedef struct {
  int (*create)(const oconfig_item_t *, void **);
  int (*destroy)(void **);
  int (*match)(const data_set_t *, const value_list_t *, notification_meta_t **,
               void **);
} match_proc_t;

typedef struct {
  int (*create)(const oconfig_item_t *, void **);
  int (*destroy)(void **);
  int (*invoke)(const data_set_t *, value_list_t *, notification_meta_t **,
                void **);
} target_proc_t;

typedef int (*init_cb)(void);
typedef int (*simple_read_cb)(void);
typedef int (*read_cb)(user_data_t *);
typedef int (*write_cb)(const data_set_t *, const value_list_t *,
                        user_data_t *);
typedef int (*flush_cb)(cdtime_t, const char *, user_data_t *);
typedef int (*missing_cb)(const value_list_t *, user_data_t *);
typedef int (*cache_event_cb)(cache_event_t *, user_data_t *);
typedef void (*log_cb)(int, const char *, user_data_t *);
typedef int (*notification_cb)(const notification_t *, user_data_t *);
typedef int (*config_cb)(oconfig_item_t *);

extern char *hostname_g;
extern cdtime_t interval_g;
extern int timeout_g;

cdtime_t cdtime(void);
void plugin_log(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
plugin_ctx_t plugin_get_ctx(void);
plugin_ctx_t plugin_set_ctx(plugin_ctx_t ctx);
cdtime_t plugin_get_interval(void);
const data_set_t *plugin_get_ds(const char *name);
int plugin_register_data_set(const data_set_t *ds);
int plugin_dispatch_values(const value_list_t *vl);
int plugin_dispatch_notification(const notification_t *notif);
int plugin_flush(const char *plugin, cdtime_t timeout, const char *identifier);
int plugin_write(const char *plugin, const data_set_t *ds,
                 const value_list_t *vl);
int plugin_register_complex_read(const char *group, const char *name,
                                 read_cb callback, cdtime_t interval,
                                 const user_data_t *ud);
int plugin_unregister_read(const char *name);
int plugin_notification_meta_free(notification_meta_t *meta);

meta_data_t *meta_data_create(void);
meta_data_t *meta_data_clone(meta_data_t *orig);
void meta_data_destroy(meta_data_t *md);
int meta_data_exists(meta_data_t *md, const char *key);
int meta_data_toc(meta_data_t *md, char ***toc);
int meta_data_delete(meta_data_t *md, const char *key);
int meta_data_add_string(meta_data_t *md, const char *key, const char *value);
int meta_data_add_signed_int(meta_data_t *md, const char *key, int64_t value);
int meta_data_add_unsigned_int(meta_data_t *md, const char *key,
                               uint64_t value);
int meta_data_add_double(meta_data_t *md, const char *key, double value);
int meta_data_add_boolean(meta_data_t *md, const char *key, bool value);
int meta_data_get_string(meta_data_t *md, const char *key, char **value);
int meta_data_get_signed_int(meta_data_t *md, const char *key, int64_t *value);
int meta_data_get_unsigned_int(meta_data_t *md, const char *key,
                               uint64_t *value);
int meta_data_get_double(meta_data_t *md, const char *key, double *value);
int meta_data_get_boolean(meta_data_t *md, const char *key, bool *value);

#endif

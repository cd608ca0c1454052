/*
 * Of a program that is not linked with -rdynamic, dlsym() sees nothing, and
 * plugins look up what not every release has. In a test program these are found
 * all the same; everything else is left to the real dlsym().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LOOKED_UP(X)                                                           \
  X(daemon_log)                                                                \
  X(plugin_get_ctx)                                                            \
  X(plugin_is_loaded)                                                          \
  X(plugin_register_cache_event)                                               \
  X(plugin_set_ctx)                                                            \
  X(plugin_thread_create)                                                      \
  X(plugin_unregister_cache_event)                                             \
  X(uc_get_history)                                                            \
  X(uc_get_history_by_name)                                                    \
  X(uc_get_hits)                                                               \
  X(uc_get_state)                                                              \
  X(uc_get_value)                                                              \
  X(uc_get_value_by_name)                                                      \
  X(uc_inc_hits)                                                               \
  X(uc_iterator_get_meta)                                                      \
  X(uc_meta_data_toc)                                                          \
  X(uc_set_hits)                                                               \
  X(uc_set_state)

#define DECLARE(name) extern char at_##name[] __asm__(#name);
LOOKED_UP(DECLARE)

#define ENTRY(name) {#name, at_##name},
static const struct {
  const char *name;
  void *address;
} table[] = {LOOKED_UP(ENTRY)};

/* Since 2.34 in libc, before in libdl with the architecture's first version. */
static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5",
                                       "GLIBC_2.17", "GLIBC_2.27",
                                       "GLIBC_2.0"};

void *dlsym(void *restrict handle, const char *restrict name) {
  static void *(*real)(void *, const char *);
  if (handle == RTLD_DEFAULT)
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
      if (strcmp(table[i].name, name) == 0)
        return table[i].address;
  for (size_t i = 0; real == NULL && i < sizeof(versions) / sizeof(*versions);
       i++)
    *(void **)&real = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
  /* In the place of this call, because RTLD_NEXT depends on who calls. */
  return real != NULL ? real(handle, name) : NULL;
}

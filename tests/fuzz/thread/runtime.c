/*
 * What gcc's ThreadSanitizer lacks for what rustc makes. Linked into the
 * plugin, with --wrap.
 */
#include <string.h>

enum { RELEASE = 3, ACQ_REL = 4 };

/*
 * The last owner of an Arc takes part in what the others did by a fence,
 * which ThreadSanitizer does not understand. A standard library that is
 * compiled for it loads the count instead; here each owner that leaves does
 * what the load would do.
 */
long __real___tsan_atomic64_fetch_sub(volatile long *at, long by, int order);
long __wrap___tsan_atomic64_fetch_sub(volatile long *at, long by, int order);
long __wrap___tsan_atomic64_fetch_sub(volatile long *at, long by, int order) {
  return __real___tsan_atomic64_fetch_sub(at, by,
                                          order == RELEASE ? ACQ_REL : order);
}

/* Newer than gcc 12, which watches the functions of the C library as well. */
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

void *__tsan_memcpy(void *to, const void *from, size_t size) {
  return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size) {
  return memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size) {
  return memset(to, byte, size);
}

/*
 * Preloaded into a daemon: the time of day is what $CLOCK_FILE says, in seconds
 * more or less than it is. Waits until a time of day end as if nobody had set
 * the clock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset(void) {
  const char *path = getenv("CLOCK_FILE");
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  long seconds = 0;
  if (file != NULL) {
    if (fscanf(file, "%ld", &seconds) != 1)
      seconds = 0;
    fclose(file);
  }
  return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*next)(clockid_t, struct timespec *);
  if (next == NULL)
    next = dlsym(RTLD_NEXT, "clock_gettime");
  int status = next(clock, now);
  if (status == 0 && clock == CLOCK_REALTIME)
    now->tv_sec += offset();
  return status;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *until) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *,
                     const struct timespec *);
  if (next == NULL)
    next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  struct timespec real = *until;
  real.tv_sec -= offset();
  return next(cond, mutex, &real);
}

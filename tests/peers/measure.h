/* CPU time of this thread, and one line of JSON for the result of a benchmark. With STEPCOUNT in the
 * environment, marks for a tracer that counts instructions. */
#ifndef MEASURE_H
#define MEASURE_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static inline double cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}
static inline double wall_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}
static inline int cmpd(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}
/* one line of JSON; ns arrays hold total ns of each pass */
static inline void result(const char *impl, const char *op, const char *mode, size_t vls, size_t dgrams, size_t bytes,
                          double *cpu, double *wall, int passes) {
  qsort(cpu, passes, sizeof *cpu, cmpd);
  qsort(wall, passes, sizeof *wall, cmpd);
  double m = cpu[passes / 2];
  printf("RESULT {\"impl\":\"%s\",\"op\":\"%s\",\"mode\":\"%s\",\"vls\":%zu,\"dgrams\":%zu,\"bytes\":%zu,\"passes\":%d,"
         "\"ns_vl\":%.2f,\"ns_vl_min\":%.2f,\"ns_vl_max\":%.2f,\"ns_vl_wall\":%.2f,\"vl_s\":%.0f,\"mb_s\":%.1f,"
         "\"ns_dgram\":%.0f}\n",
         impl, op, mode, vls, dgrams, bytes, passes, m / vls, cpu[0] / vls, cpu[passes - 1] / vls,
         wall[passes / 2] / vls, vls / (m / 1e9), bytes / (m / 1e9) / 1e6, m / dgrams);
  fflush(stdout);
}
static inline int step_wanted(void) { return getenv("STEPCOUNT") != NULL; }
static inline void step_wait(void) {
  printf("STEP %ld\n", (long)syscall(SYS_gettid));
  fflush(stdout);
  char c;
  if (read(0, &c, 1) != 1) exit(1);
}
static inline void step_mark(void) { syscall(SYS_getppid); }
#endif

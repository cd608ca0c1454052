/*
 * Counts what the daemon hands out for others to free(). The whole program's
 * free() passes through here; under valgrind, which brings its own and finds
 * leaks itself, "returned" stays 0.
 */
#define _GNU_SOURCE
#include "fake.h"

#include <dlfcn.h>
#include <malloc.h>

#define SLOTS (1u << 16)

static const char *const track_names[T_COUNT] = {"strings", "tocs", "rates",
                                                 "names"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  void *memory;
  track_t kind;
} slots[SLOTS];
static unsigned long out[T_COUNT];
static unsigned long back[T_COUNT];
static unsigned long live;

/* A slot that was used and freed: a search must go on past it. */
static char tombstone;

static unsigned slot_of(const void *memory) {
  return (unsigned)(((uintptr_t)memory >> 4) * 2654435761u) % SLOTS;
}

void *hand_out(track_t kind, void *memory) {
  if (memory == NULL)
    return NULL;
  pthread_mutex_lock(&lock);
  out[kind]++;
  unsigned i = slot_of(memory);
  for (unsigned n = 0; n < SLOTS; n++, i = (i + 1) % SLOTS) {
    if (slots[i].memory == NULL || slots[i].memory == &tombstone) {
      slots[i].memory = memory;
      slots[i].kind = kind;
      __atomic_add_fetch(&live, 1, __ATOMIC_RELEASE);
      break;
    }
  }
  pthread_mutex_unlock(&lock);
  return memory;
}

static void take_back(void *memory) {
  pthread_mutex_lock(&lock);
  unsigned i = slot_of(memory);
  for (unsigned n = 0; n < SLOTS && slots[i].memory != NULL;
       n++, i = (i + 1) % SLOTS) {
    if (slots[i].memory == memory) {
      slots[i].memory = &tombstone;
      back[slots[i].kind]++;
      if (__atomic_sub_fetch(&live, 1, __ATOMIC_RELEASE) == 0)
        for (unsigned k = 0; k < SLOTS; k++)
          slots[k].memory = NULL;
      break;
    }
  }
  pthread_mutex_unlock(&lock);
}

void track_stats(line_t *l) {
  pthread_mutex_lock(&lock);
  for (int kind = 0; kind < T_COUNT; kind++) {
    char key[32];
    snprintf(key, sizeof(key), "%s_out", track_names[kind]);
    line_uint(l, key, out[kind]);
    snprintf(key, sizeof(key), "%s_back", track_names[kind]);
    line_uint(l, key, back[kind]);
  }
  pthread_mutex_unlock(&lock);
}

/* What leaked before no longer counts. */
void track_reset(void) {
  pthread_mutex_lock(&lock);
  for (unsigned i = 0; i < SLOTS; i++)
    slots[i].memory = NULL;
  for (int kind = 0; kind < T_COUNT; kind++)
    out[kind] = back[kind] = 0;
  __atomic_store_n(&live, 0, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&lock);
}

void free(void *memory) {
  static void (*next)(void *);
  static bool asked;
  if (next == NULL && !asked) {
    asked = true;
    *(void **)&next = dlsym(RTLD_NEXT, "free");
  }
  if (memory == NULL || next == NULL)
    return;
  if (__atomic_load_n(&live, __ATOMIC_ACQUIRE) != 0)
    take_back(memory);
  next(memory);
}

/* What the allocator has given away, in all threads together; 0 if it does not
   say. */
size_t heap_in_use(void) {
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 33)
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
#endif
  return 0;
}

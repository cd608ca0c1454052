/* The corpus as text, and files of packets. */
#ifndef CORPUS_H
#define CORPUS_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAXVAL 4

typedef struct {
  uint64_t time, interval; /* 2^-30 s */
  const char *host, *plugin, *pi, *type, *ti;
  int n;
  char kind[MAXVAL]; /* 'c' 'g' 'd' 'a' */
  union { double g; uint64_t u; int64_t d; } v[MAXVAL];
} vl_t;

/* ---- corpus: tab separated text, see corpus.c ---- */
static inline vl_t *corpus_load(const char *path, size_t *n_out) {
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(1); }
  fseek(f, 0, SEEK_END);
  long sz = ftell(f);
  rewind(f);
  char *buf = malloc(sz + 1);
  if (fread(buf, 1, sz, f) != (size_t)sz) { perror(path); exit(1); }
  buf[sz] = 0;
  fclose(f);
  size_t cap = 0, n = 0;
  for (char *p = buf; *p; p++) cap += *p == '\n';
  vl_t *vls = calloc(cap, sizeof *vls);
  char *p = buf;
  while (*p) {
    char *eol = strchr(p, '\n');
    if (!eol) break;
    *eol = 0;
    char *fld[8 + MAXVAL] = {0};
    int nf = 0;
    for (char *q = p; nf < 8 + MAXVAL;) {
      fld[nf++] = q;
      q = strchr(q, '\t');
      if (!q) break;
      *q++ = 0;
    }
    if (nf < 9) { fprintf(stderr, "%s: bad line\n", path); exit(1); }
    vl_t *v = &vls[n++];
    v->time = strtoull(fld[0], 0, 10);
    v->interval = strtoull(fld[1], 0, 10);
    v->host = fld[2]; v->plugin = fld[3]; v->pi = fld[4]; v->type = fld[5]; v->ti = fld[6];
    v->n = (int)strlen(fld[7]);
    for (int i = 0; i < v->n; i++) {
      v->kind[i] = fld[7][i];
      if (v->kind[i] == 'g') v->v[i].g = strtod(fld[8 + i], 0);
      else if (v->kind[i] == 'd') v->v[i].d = strtoll(fld[8 + i], 0, 10);
      else v->v[i].u = strtoull(fld[8 + i], 0, 10);
    }
    p = eol + 1;
  }
  *n_out = n;
  return vls;
}

/* ---- datagram files: repeated [u32 little endian length][bytes] ---- */
typedef struct { uint8_t *p; uint32_t len; } dg_t;
static inline dg_t *dgrams_load(const char *path, size_t *n_out) {
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(1); }
  fseek(f, 0, SEEK_END);
  long sz = ftell(f);
  rewind(f);
  uint8_t *buf = malloc(sz + 64);
  if (fread(buf, 1, sz, f) != (size_t)sz) { perror(path); exit(1); }
  fclose(f);
  size_t n = 0;
  for (long o = 0; o + 4 <= sz;) { uint32_t l; memcpy(&l, buf + o, 4); o += 4 + l; n++; }
  dg_t *d = calloc(n, sizeof *d);
  n = 0;
  for (long o = 0; o + 4 <= sz;) {
    uint32_t l; memcpy(&l, buf + o, 4);
    d[n].p = buf + o + 4; d[n].len = l; n++;
    o += 4 + l;
  }
  *n_out = n;
  return d;
}
#endif

/* Writes a deterministic load:  corpus OUTDIR [seed=1] [hosts=200] [rounds=5]
 *   OUTDIR/corpus.tsv     value lists, one per line, in the order in which a central server gets them:
 *                         time interval host plugin plugin_instance type type_instance kinds value...
 *                         time and interval in 2^-30 s; kinds has a letter per value: c g d a
 *   OUTDIR/dgrams.none   the same as packets of at most 1452 bytes, each behind its u32 length (little
 *                         endian), by a plain encoder that shares no code with those that are measured
 *
 * Times are multiples of 2^-9 s: exact as collectd's time, as a double and in nanoseconds, so that encoders
 * which go through one of these give the same bytes. Every list has a time of its own, except those of the
 * memory plugin: as in collectd 5, which stamps lists one by one.
 */
#include "corpus.h"
#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <sys/stat.h>

typedef struct {
  uint8_t buf[65536];
  size_t len, limit; /* limit: payload bytes */
  const char *host, *plugin, *pi, *type, *ti;
  uint64_t time, interval;
  size_t vls;
} pk_t;

static void pk_reset(pk_t *p) {
  p->len = 0; p->vls = 0;
  p->host = p->plugin = p->pi = p->type = p->ti = "";
  p->time = p->interval = 0;
}
static uint8_t *pk_u16(uint8_t *o, unsigned x) { o[0] = x >> 8; o[1] = x; return o + 2; }
static uint8_t *pk_u64(uint8_t *o, uint64_t x) { x = htobe64(x); memcpy(o, &x, 8); return o + 8; }
static uint8_t *pk_num(uint8_t *o, unsigned t, uint64_t x) {
  return pk_u64(pk_u16(pk_u16(o, t), 12), x);
}
static uint8_t *pk_str(uint8_t *o, unsigned t, const char *s) {
  size_t l = strlen(s);
  o = pk_u16(pk_u16(o, t), l + 5);
  memcpy(o, s, l + 1);
  return o + l + 1;
}
/* returns 0 when added, -1 when the datagram is full (caller flushes) */
static int pk_add(pk_t *p, const vl_t *v) {
  uint8_t tmp[1024], *o = tmp;
  uint64_t t = v->time;
  int h = strcmp(p->host, v->host), pl = strcmp(p->plugin, v->plugin), pi = strcmp(p->pi, v->pi),
      ty = strcmp(p->type, v->type), ti = strcmp(p->ti, v->ti);
  if (h) o = pk_str(o, 0, v->host);
  if (p->time != t) o = pk_num(o, 8, t);
  if (p->interval != v->interval) o = pk_num(o, 9, v->interval);
  if (pl) o = pk_str(o, 2, v->plugin);
  if (pi) o = pk_str(o, 3, v->pi);
  if (ty) o = pk_str(o, 4, v->type);
  if (ti) o = pk_str(o, 5, v->ti);
  o = pk_u16(pk_u16(pk_u16(o, 6), 6 + 9 * v->n), v->n);
  for (int i = 0; i < v->n; i++)
    *o++ = v->kind[i] == 'c' ? 0 : v->kind[i] == 'g' ? 1 : v->kind[i] == 'd' ? 2 : 3;
  for (int i = 0; i < v->n; i++) {
    if (v->kind[i] == 'g') { memcpy(o, &v->v[i].g, 8); o += 8; } /* little endian */
    else o = pk_u64(o, v->v[i].u);
  }
  size_t l = o - tmp;
  if (p->len + l > p->limit) return -1;
  memcpy(p->buf + p->len, tmp, l);
  p->len += l;
  p->vls++;
  p->host = v->host; p->plugin = v->plugin; p->pi = v->pi; p->type = v->type; p->ti = v->ti;
  p->time = t; p->interval = v->interval;
  return 0;
}


static uint64_t S;
static uint64_t rnd(void) {
  uint64_t z = (S += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}
static double uni(void) { return (rnd() >> 11) * 0x1p-53; }
#define PICK(a) ((a)[rnd() % (sizeof(a) / sizeof(*(a)))])

typedef struct {
  char host[64], plugin[32], pi[64], type[32], ti[64];
  int n; char kind[MAXVAL + 1];
  double g[MAXVAL]; int64_t d[MAXVAL]; int64_t rate[MAXVAL];
  int same_time; /* shares the previous one's time stamp */
} series_t;
static series_t *ser; static size_t ns, cap;

static series_t *add(const char *host, const char *plugin, const char *pi, const char *type, const char *ti,
                     const char *kinds) {
  if (ns == cap) ser = realloc(ser, (cap = cap ? cap * 2 : 4096) * sizeof *ser);
  series_t *s = &ser[ns++];
  memset(s, 0, sizeof *s);
  snprintf(s->host, sizeof s->host, "%s", host);
  snprintf(s->plugin, sizeof s->plugin, "%s", plugin);
  snprintf(s->pi, sizeof s->pi, "%s", pi);
  snprintf(s->type, sizeof s->type, "%s", type);
  snprintf(s->ti, sizeof s->ti, "%s", ti);
  s->n = (int)strlen(kinds);
  strcpy(s->kind, kinds);
  for (int i = 0; i < s->n; i++) {
    s->d[i] = (int64_t)(rnd() >> (24 + rnd() % 24));
    s->rate[i] = (int64_t)(rnd() >> (40 + rnd() % 16));
    s->g[i] = uni() * 100;
  }
  return s;
}

int main(int argc, char **argv) {
  const char *dir = argc > 1 ? argv[1] : "data";
  S = argc > 2 ? strtoull(argv[2], 0, 0) : 1;
  int hosts = argc > 3 ? atoi(argv[3]) : 200, rounds = argc > 4 ? atoi(argv[4]) : 5;
  static const char *const role[] = {"web", "db", "cache", "kafka", "build", "mail", "k8s-node", "lb"};
  static const char *const site[] = {"fra1", "iad2", "sin1", "lhr3"};
  static const char *const cpu_ti[] = {"user", "system", "wait", "nice", "interrupt", "softirq", "steal", "idle"};
  static const char *const mem_ti[] = {"used", "buffered", "cached", "free", "slab_unrecl", "slab_recl"};
  static const char *const fs[] = {"root", "boot", "var-log", "srv", "home", "var-lib-docker"};
  static const char *const ifn[] = {"lo", "eth0", "eth1", "docker0", "bond0"};
  static const char *const ift[] = {"if_octets", "if_packets", "if_errors", "if_dropped"};
  static const char *const dk[] = {"nvme0n1", "nvme0n1p1", "sda", "sda1", "dm-0"};
  static const char *const swap_ti[] = {"used", "free", "cached"};
  uint64_t *phase = calloc(hosts, sizeof *phase);
  size_t *first = calloc(hosts + 1, sizeof *first);
  for (int h = 0; h < hosts; h++) {
    char hn[64], b[64];
    snprintf(hn, sizeof hn, "%s-%02d.%s.example.net", role[h % 8], h / 8 + 1, PICK(site));
    phase[h] = rnd() % (10 * 512); /* 2^-9 s units within the interval */
    first[h] = ns;
    int cores = 2 << (rnd() % 3);
    for (int c = 0; c < cores; c++)
      for (int i = 0; i < 8; i++) {
        snprintf(b, sizeof b, "%d", c);
        add(hn, "cpu", b, "cpu", cpu_ti[i], "d");
      }
    for (int i = 0; i < 6; i++) {
      series_t *s = add(hn, "memory", "", "memory", mem_ti[i], "g");
      s->g[0] = floor(uni() * 16e9 / 4096) * 4096;
      s->same_time = i > 0;
    }
    int nfs = 2 + rnd() % 5;
    for (int i = 0; i < nfs; i++) {
      static const char *const st[] = {"free", "reserved", "used"};
      for (int k = 0; k < 3; k++) add(hn, "df", fs[i], "df_complex", st[k], "g")->g[0] = floor(uni() * 4e8) * 4096;
    }
    int nif = 2 + rnd() % 4;
    for (int i = 0; i < nif; i++)
      for (int k = 0; k < 4; k++) add(hn, "interface", ifn[i], ift[k], "", "dd");
    add(hn, "load", "", "load", "", "ggg");
    int nd = 1 + rnd() % 5;
    for (int i = 0; i < nd; i++) {
      add(hn, "disk", dk[i], "disk_merged", "", "dd");
      add(hn, "disk", dk[i], "disk_octets", "", "dd");
      add(hn, "disk", dk[i], "disk_ops", "", "dd");
      add(hn, "disk", dk[i], "disk_time", "", "dd");
      add(hn, "disk", dk[i], "disk_io_time", "", "dd");
      add(hn, "disk", dk[i], "pending_operations", "", "g");
    }
    for (int i = 0; i < 3; i++) add(hn, "swap", "", "swap", swap_ti[i], "g")->g[0] = floor(uni() * 1e6) * 4096;
    add(hn, "swap", "", "swap_io", "in", "d");
    add(hn, "swap", "", "swap_io", "out", "d");
    add(hn, "uptime", "", "uptime", "", "g");
    add(hn, "users", "", "users", "", "g");
  }
  first[hosts] = ns;
  mkdir(dir, 0755);
  char path[512];
  snprintf(path, sizeof path, "%s/corpus.tsv", dir);
  FILE *tsv = fopen(path, "w");
  if (!tsv) { perror(dir); return 1; }
  const uint64_t base = 1700000000ull << 30, interval = 10ull << 30, tick = 1ull << 21; /* 2^-9 s */
  size_t total = 0, values = 0;
  for (int r = 0; r < rounds; r++)
    for (int h = 0; h < hosts; h++) {
      uint64_t t = base + (uint64_t)r * interval + phase[h] * tick;
      for (size_t i = first[h]; i < first[h + 1]; i++) {
        series_t *s = &ser[i];
        if (!s->same_time) t += tick;
        fprintf(tsv, "%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\t%s", t, interval, s->host, s->plugin, s->pi,
                s->type, s->ti, s->kind);
        for (int k = 0; k < s->n; k++) {
          char v[64];
          if (s->kind[k] == 'g') {
            if (s->g[k] != floor(s->g[k])) s->g[k] = fabs(s->g[k] + (uni() - 0.5));
            snprintf(v, sizeof v, "%.17g", s->g[k]);
          } else {
            s->d[k] += (int64_t)(s->rate[k] * (0.9 + 0.2 * uni()));
            snprintf(v, sizeof v, "%" PRId64, s->d[k]);
          }
          fprintf(tsv, "\t%s", v);
          values++;
        }
        fputc('\n', tsv);
        total++;
      }
    }
  fclose(tsv);
  /* packets, from the text as every other program reads it */
  snprintf(path, sizeof path, "%s/corpus.tsv", dir);
  size_t n, packets = 0, bytes = 0;
  vl_t *v = corpus_load(path, &n);
  snprintf(path, sizeof path, "%s/dgrams.none", dir);
  FILE *f = fopen(path, "wb");
  if (!f) { perror(path); return 1; }
  static pk_t p;
  p.limit = 1452;
  pk_reset(&p);
  for (size_t i = 0; i <= n; i++) {
    if (i < n && pk_add(&p, &v[i]) == 0) continue;
    uint32_t l = htole32(p.len);
    fwrite(&l, 4, 1, f);
    fwrite(p.buf, 1, p.len, f);
    packets++;
    bytes += p.len;
    pk_reset(&p);
    if (i < n) pk_add(&p, &v[i]);
  }
  if (fclose(f)) { perror(path); return 1; }
  printf("%d hosts, %zu series, %zu value lists, %zu values; %zu packets, %.1f value lists a packet, %.1f bytes a value list\n",
         hosts, ns, total, values, packets, (double)total / packets, (double)bytes / total);
  return 0;
}

/* libcollectdclient over the corpus, for comparison.
 *   lcc encode|decode none [-d DATADIR] [-n VALUE_LISTS] [-p PASSES] [-o OUT]
 * encode: lcc_network_buffer_*; with -o the packets go there. decode: lcc_network_parse.
 * Functions named bench_pass_* are what is measured. */
#define _GNU_SOURCE
#include "measure.h"
#include <collectd/network_buffer.h>
#include <collectd/network_parse.h>
#include <string.h>
#include "corpus.h"

static lcc_value_list_t *vls;
static size_t nvl;
static dg_t *dgs;
static size_t ndg, out_bytes, out_dgrams;
static lcc_network_buffer_t *nb;
static uint8_t outbuf[2048];
static FILE *outf;

static void emit(void) {
  lcc_network_buffer_finalize(nb);
  size_t sz = sizeof outbuf;
  lcc_network_buffer_get(nb, outbuf, &sz);
  out_bytes += sz;
  out_dgrams++;
  if (outf) {
    uint32_t l = sz;
    fwrite(&l, 4, 1, outf);
    fwrite(outbuf, 1, l, outf);
  }
}
__attribute__((noinline)) void bench_pass_encode(void) {
  out_bytes = out_dgrams = 0;
  lcc_network_buffer_initialize(nb);
  size_t in = 0;
  for (size_t i = 0; i < nvl; i++) {
    if (lcc_network_buffer_add_value(nb, &vls[i]) != 0) {
      emit();
      lcc_network_buffer_initialize(nb);
      in = 0;
      if (lcc_network_buffer_add_value(nb, &vls[i]) != 0) abort();
    }
    in++;
  }
  if (in) emit();
}

static size_t got_vls;
static double got_sum;
static int writer(lcc_value_list_t const *vl) {
  got_vls++;
  for (size_t i = 0; i < vl->values_len; i++)
    got_sum += vl->values_types[i] == LCC_TYPE_GAUGE ? vl->values[i].gauge : (double)vl->values[i].derive;
  return 0;
}
static lcc_network_parse_options_t opts = {.writer = writer};
__attribute__((noinline)) void bench_pass_decode(void) {
  got_vls = 0;
  got_sum = 0;
  for (size_t i = 0; i < ndg; i++)
    if (lcc_network_parse(dgs[i].p, dgs[i].len, opts) != 0) { fprintf(stdout, "parse failed at %zu\n", i); exit(1); }
}

int main(int argc, char **argv) {
  const char *dir = "data", *out = NULL;
  size_t limit = 0;
  int passes = 15;
  if (argc < 3 || strcmp(argv[2], "none")) return 2;
  int enc = !strcmp(argv[1], "encode");
  for (int i = 3; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "-d")) dir = argv[i + 1];
    else if (!strcmp(argv[i], "-n")) limit = strtoul(argv[i + 1], 0, 0);
    else if (!strcmp(argv[i], "-p")) passes = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "-o")) out = argv[i + 1];
  }
  char path[512];
  if (enc) {
    snprintf(path, sizeof path, "%s/corpus.tsv", dir);
    size_t n;
    vl_t *v = corpus_load(path, &n);
    if (limit && n > limit) n = limit;
    nvl = n;
    vls = calloc(n, sizeof *vls);
    for (size_t i = 0; i < n; i++) {
      lcc_value_list_t *d = &vls[i];
      strncpy(d->identifier.host, v[i].host, 63);
      strncpy(d->identifier.plugin, v[i].plugin, 63);
      strncpy(d->identifier.plugin_instance, v[i].pi, 63);
      strncpy(d->identifier.type, v[i].type, 63);
      strncpy(d->identifier.type_instance, v[i].ti, 63);
      d->time = v[i].time / 1073741824.0;
      d->interval = v[i].interval / 1073741824.0;
      d->values_len = v[i].n;
      d->values = calloc(v[i].n, sizeof *d->values);
      d->values_types = calloc(v[i].n, sizeof *d->values_types);
      for (int k = 0; k < v[i].n; k++) {
        char c = v[i].kind[k];
        d->values_types[k] = c == 'c' ? 0 : c == 'g' ? 1 : c == 'd' ? 2 : 3;
        memcpy(&d->values[k], &v[i].v[k], 8);
      }
    }
    if (out && !(outf = fopen(out, "wb"))) { perror(out); return 1; }
    nb = lcc_network_buffer_create(1452);
    if (outf) { bench_pass_encode(); fclose(outf); outf = NULL; }
  } else {
    snprintf(path, sizeof path, "%s/dgrams.none", dir);
    dgs = dgrams_load(path, &ndg);
    if (limit) { /* as many datagrams as hold that many value lists, about */
      size_t k = limit / 30 + 1;
      if (k < ndg) ndg = k;
    }
    for (size_t i = 0; i < ndg; i++) out_bytes += dgs[i].len;
    out_dgrams = ndg;
  }
  void (*pass)(void) = enc ? bench_pass_encode : bench_pass_decode;
  if (step_wanted()) {
    pass();
    step_wait();
    step_mark();
    pass();
    step_mark();
    printf("STEPVLS %zu\n", enc ? nvl : got_vls);
    return 0;
  }
  double cpu[256], wall[256];
  pass();
  for (int i = 0; i < passes; i++) {
    double c = cpu_ns(), w = wall_ns();
    pass();
    cpu[i] = cpu_ns() - c;
    wall[i] = wall_ns() - w;
  }
  result("libcollectdclient", argv[1], argv[2], enc ? nvl : got_vls, out_dgrams, out_bytes, cpu, wall, passes);
  return 0;
}

/* Value lists as text, one a line, the same for all programs that talk to the interop tests:
 *   v TIME INTERVAL HOST PLUGIN PLUGIN_INSTANCE TYPE TYPE_INSTANCE KINDS BITS
 * separated by tabs. Times are decimal, in 2^-30 s; KINDS is a letter (c g d a) and BITS are 16 hexadecimal digits
 * for each value. Works on struct lcc_value_list_s. */
#ifndef LISTS_H
#define LISTS_H
#include <collectd/types.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_kinds[] = "cgda"; /* by their codes */
#define LIST_MAX_VALUES 128
#define LIST_FIELDS 10

static inline void list_print(FILE *out, lcc_value_list_t const *vl) {
  lcc_identifier_t const *id = &vl->identifier;
  fprintf(out, "v\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\t", (uint64_t)(vl->time * 1073741824.0),
          (uint64_t)(vl->interval * 1073741824.0), id->host, id->plugin, id->plugin_instance, id->type, id->type_instance);
  for (size_t i = 0; i < vl->values_len; i++)
    putc(list_kinds[vl->values_types[i] & 3], out);
  putc('\t', out);
  for (size_t i = 0; i < vl->values_len; i++)
    fprintf(out, "%016" PRIx64, vl->values[i].counter);
  putc('\n', out);
}

/* Reads the next list. 0 at the end. Names are cut to what an lcc_identifier_t holds. */
static inline int list_read(FILE *in, lcc_value_list_t *vl) {
  static char line[16384];
  static value_t values[LIST_MAX_VALUES];
  static int types[LIST_MAX_VALUES];
  if (!fgets(line, sizeof line, in))
    return 0;
  char *field[LIST_FIELDS] = {0};
  char *rest = line;
  line[strcspn(line, "\n")] = 0;
  for (int i = 0; i < LIST_FIELDS; i++)
    if (!(field[i] = strsep(&rest, "\t"))) {
      fprintf(stderr, "a line has no field %d\n", i);
      exit(1);
    }
  memset(vl, 0, sizeof *vl);
  vl->time = (double)strtoull(field[1], NULL, 10) / 1073741824.0;
  vl->interval = (double)strtoull(field[2], NULL, 10) / 1073741824.0;
  lcc_identifier_t *id = &vl->identifier;
  char *names[] = {id->host, id->plugin, id->plugin_instance, id->type, id->type_instance};
  for (int i = 0; i < 5; i++)
    strncpy(names[i], field[3 + i], LCC_NAME_LEN - 1);
  vl->values = values;
  vl->values_types = types;
  vl->values_len = strlen(field[8]);
  for (size_t i = 0; i < vl->values_len && i < LIST_MAX_VALUES; i++) {
    types[i] = (int)(strchr(list_kinds, field[8][i]) - list_kinds);
    char digits[17] = {0};
    memcpy(digits, field[9] + 16 * i, 16);
    values[i].counter = strtoull(digits, NULL, 16);
  }
  return 1;
}
#endif

/* A plugin that asks the daemon's own functions, and logs what they answer. Each line of its block is a question:
 *
 *   Format "TYPE" "VALUES"            parse_values, then format_values
 *   ValueToRate "KIND" "VALUE" TIME…  value_to_rate, one state for the whole line
 *   RateToValue "KIND" "RATE" TIME…   rate_to_value, likewise
 *   Time "CDTIME"                     rfc3339 and rfc3339nano
 *   Identifier "TEXT"                 parse_identifier_vl, then format_name
 *
 * Numbers are texts, so that they arrive exactly; the answers have the bits of doubles. */
#include "collectd.h"

#include "plugin.h"
#include "utils/common/common.h"
#include "utils_time.h"

static oconfig_item_t *questions;

static const char *text(const oconfig_item_t *item, int index) {
  if (index >= item->values_num || item->values[index].type != OCONFIG_TYPE_STRING)
    return "";
  return item->values[index].value.string;
}

/* Answers are numbered, in the order of the questions. */
static void answer(int number, const char *answer) {
  plugin_log(LOG_INFO, "oracle %d: %s", number, answer);
}

static void format(const oconfig_item_t *item, char *out, size_t len) {
  const data_set_t *ds = plugin_get_ds(text(item, 0));
  value_t values[8] = {{0}};
  value_list_t vl = VALUE_LIST_INIT;
  char buffer[256];
  vl.values = values;
  vl.values_len = ds->ds_num;
  sstrncpy(vl.type, text(item, 0), sizeof(vl.type));
  sstrncpy(buffer, text(item, 1), sizeof(buffer));
  if (parse_values(buffer, &vl, ds) != 0 || format_values(out, len, ds, &vl, false) != 0)
    sstrncpy(out, "refused", len);
}

static int kind_of(const char *name) {
  const char *names[] = {"counter", "gauge", "derive", "absolute"};
  for (int i = 0; i < 4; i++)
    if (strcasecmp(names[i], name) == 0)
      return i;
  return -1;
}

static uint64_t bits(gauge_t number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof(bits));
  return bits;
}

static void value_to_rates(const oconfig_item_t *item, char *out, size_t len) {
  int kind = kind_of(text(item, 0));
  value_to_rate_state_t state = {{0}, 0};
  for (int i = 1; i + 1 < item->values_num; i += 2) {
    value_t value;
    gauge_t rate;
    parse_value(text(item, i), &value, kind);
    int status = value_to_rate(&rate, value, kind, strtoull(text(item, i + 1), NULL, 0), &state);
    size_t used = strlen(out);
    if (status == 0)
      snprintf(out + used, len - used, " %" PRIx64, bits(rate));
    else
      snprintf(out + used, len - used, " none");
  }
}

static void rates_to_value(const oconfig_item_t *item, char *out, size_t len) {
  int kind = kind_of(text(item, 0));
  rate_to_value_state_t state = {{0}, 0, 0};
  for (int i = 1; i + 1 < item->values_num; i += 2) {
    value_t value;
    int status =
        rate_to_value(&value, strtod(text(item, i), NULL), &state, kind, strtoull(text(item, i + 1), NULL, 0));
    size_t used = strlen(out);
    if (status != 0)
      snprintf(out + used, len - used, " none");
    else if (kind == DS_TYPE_GAUGE)
      snprintf(out + used, len - used, " %" PRIx64, bits(value.gauge));
    else if (kind == DS_TYPE_DERIVE)
      snprintf(out + used, len - used, " %" PRIi64, value.derive);
    else
      snprintf(out + used, len - used, " %" PRIu64, (uint64_t)value.counter);
  }
}

static void show_time(const oconfig_item_t *item, char *out, size_t len) {
  char seconds[RFC3339NANO_SIZE], nanoseconds[RFC3339NANO_SIZE];
  cdtime_t t = strtoull(text(item, 0), NULL, 0);
  rfc3339(seconds, sizeof(seconds), t);
  rfc3339nano(nanoseconds, sizeof(nanoseconds), t);
  snprintf(out, len, "%s %s", seconds, nanoseconds);
}

static void identifier(const oconfig_item_t *item, char *out, size_t len) {
  value_list_t vl = VALUE_LIST_INIT;
  char name[6 * DATA_MAX_NAME_LEN];
  if (parse_identifier_vl(text(item, 0), &vl) != 0 || FORMAT_VL(name, sizeof(name), &vl) != 0)
    sstrncpy(out, "refused", len);
  else
    snprintf(out, len, "%s|%s|%s|%s|%s %s", vl.host, vl.plugin, vl.plugin_instance, vl.type, vl.type_instance, name);
}

static int init(void) {
  for (int i = 0; i < questions->children_num; i++) {
    const oconfig_item_t *item = questions->children + i;
    char out[2048] = "";
    if (strcasecmp(item->key, "Format") == 0)
      format(item, out, sizeof(out));
    else if (strcasecmp(item->key, "ValueToRate") == 0)
      value_to_rates(item, out, sizeof(out));
    else if (strcasecmp(item->key, "RateToValue") == 0)
      rates_to_value(item, out, sizeof(out));
    else if (strcasecmp(item->key, "Time") == 0)
      show_time(item, out, sizeof(out));
    else if (strcasecmp(item->key, "Identifier") == 0)
      identifier(item, out, sizeof(out));
    answer(i, out);
  }
  oconfig_free(questions);
  return 0;
}

static int config(oconfig_item_t *item) {
  questions = oconfig_clone(item);
  return questions == NULL;
}

void module_register(void) {
  plugin_register_complex_config("oracle", config);
  plugin_register_init("oracle", init);
}

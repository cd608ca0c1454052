/* Numbers and addresses of the configuration language: how much of a text is
   one of them. */
#include "fake.h"

#include <string.h>

/* Longer ones do not exist. */
#define MAX_ADDRESS 64

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

static size_t exponent_len(const char *p) {
  if ((*p != 'e' && *p != 'E') || (p[1] != '+' && p[1] != '-'))
    return 0;
  size_t digits = strspn(p + 2, DIGITS);
  return digits > 0 ? digits + 2 : 0;
}

/* An exponent takes a point before it, and a sign. */
size_t number_len(const char *p) {
  if (*p == '0' && (p[1] == 'x' || p[1] == 'X')) {
    size_t digits = strspn(p + 2, HEX_DIGITS);
    if (digits > 0)
      return digits + 2;
  }
  size_t sign = *p == '+' || *p == '-';
  size_t whole = strspn(p + sign, DIGITS);
  const char *point = p + sign + whole;
  size_t fraction = *point == '.' ? strspn(point + 1, DIGITS) : 0;
  if (fraction > 0)
    return sign + whole + 1 + fraction + exponent_len(point + 1 + fraction);
  return whole > 0 ? sign + whole : 0;
}

/* A number without leading zeros, from min to max. */
static bool is_count(const char *p, size_t len, unsigned min, unsigned max) {
  unsigned value = 0;
  if (len == 0 || len > 5 || strspn(p, DIGITS) < len ||
      (*p == '0' && len > 1))
    return false;
  for (size_t i = 0; i < len; i++)
    value = value * 10 + (unsigned)(p[i] - '0');
  return value >= min && value <= max;
}

static bool is_ipv4(const char *p, size_t len) {
  const char *end = p + len;
  for (int i = 0; i < 4; i++) {
    size_t digits = strspn(p, DIGITS);
    if (digits > (size_t)(end - p))
      digits = (size_t)(end - p);
    if (!is_count(p, digits, 0, 255))
      return false;
    p += digits;
    if (i < 3 && (p == end || *p++ != '.'))
      return false;
  }
  return p == end ||
         (*p == ':' && is_count(p + 1, (size_t)(end - p) - 1, 1, 65535));
}

/* How many groups of 16 bits; -1 if it is something else. */
static int groups(const char *p, size_t len, bool ends) {
  int num = 0;
  const char *end = p + len;
  while (p < end) {
    if (ends && is_ipv4(p, (size_t)(end - p)))
      return num + 2;
    size_t digits = strspn(p, HEX_DIGITS);
    if (digits > (size_t)(end - p))
      digits = (size_t)(end - p);
    if (digits == 0 || digits > 4)
      return -1;
    num++;
    p += digits;
    if (p < end && (*p++ != ':' || p == end))
      return -1;
  }
  return num;
}

static bool is_ipv6(const char *p, size_t len) {
  size_t gap = 0;
  while (gap + 1 < len && (p[gap] != ':' || p[gap + 1] != ':'))
    gap++;
  if (gap + 1 >= len)
    return groups(p, len, true) == 8;
  int before = groups(p, gap, false);
  int after = groups(p + gap + 2, len - gap - 2, true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

/* An address in brackets, with or without a port. */
static bool is_bracketed(const char *p, size_t len) {
  const char *end = memchr(p, ']', len);
  if (*p != '[' || end == NULL || !is_ipv6(p + 1, (size_t)(end - p) - 1))
    return false;
  size_t rest = len - (size_t)(end - p) - 1;
  return rest == 0 || (end[1] == ':' && is_count(end + 2, rest - 1, 1, 65535));
}

size_t address_len(const char *p) {
  size_t len = strspn(p, HEX_DIGITS ":.[]");
  if (len > MAX_ADDRESS)
    len = MAX_ADDRESS;
  for (; len > 1; len--)
    if (is_ipv4(p, len) || is_ipv6(p, len) || is_bracketed(p, len))
      return len;
  return 0;
}

// Words, numbers, formatted text.
#include "demo.h"

int memcmp(const void *a, const void *b, size_t n) {
  const u8 *x = a, *y = b;
  for (; n > 0; n--, x++, y++) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}

size_t length_of(const char *s) {
  size_t n = 0;
  while (s[n] != 0) n++;
  return n;
}

bool same(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

bool begins_with(const char *s, const char *prefix) {
  while (*prefix != 0) {
    if (*s++ != *prefix++) return false;
  }
  return true;
}

void copy_text(char *to, const char *from, size_t size) {
  size_t i = 0;
  for (; i + 1 < size && from[i] != 0; i++) to[i] = from[i];
  to[i] = 0;
}

bool parse_number(const char *s, u32 *value) {
  bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
  if (hex) s += 2;
  if (*s == 0) return false;
  u32 result = 0;
  for (; *s != 0; s++) {
    u32 digit;
    char c = *s;
    if (c >= '0' && c <= '9') digit = (u32)(c - '0');
    else if (hex && c >= 'a' && c <= 'f') digit = (u32)(c - 'a') + 10;
    else if (hex && c >= 'A' && c <= 'F') digit = (u32)(c - 'A') + 10;
    else return false;
    u32 base = hex ? 16 : 10;
    if (result > (0xffffffffu - digit) / base) return false;
    result = result * base + digit;
  }
  *value = result;
  return true;
}

u64 scale(u64 n, u32 m, u32 by) {
  u32 rest;
  u64 quotient = divide(n, by, &rest);
  return quotient * m + divide((u64)rest * m, by, NULL);
}

struct output {
  char *to;
  size_t size, used;
};

static void put(struct output *o, char c) {
  if (o->used + 1 < o->size) o->to[o->used] = c;
  o->used++;
}

static void put_field(struct output *o, const char *text, size_t n, size_t width, bool left, char pad) {
  if (!left) {
    for (size_t i = n; i < width; i++) put(o, pad);
  }
  for (size_t i = 0; i < n; i++) put(o, text[i]);
  if (left) {
    for (size_t i = n; i < width; i++) put(o, ' ');
  }
}

static void put_number(struct output *o, u64 value, u32 base, bool upper, bool negative, size_t width, bool left, bool zero) {
  char digits[24];
  size_t at = sizeof digits;
  do {
    u32 digit;
    value = divide(value, base, &digit);
    digits[--at] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[digit];
  } while (value != 0);
  if (negative) digits[--at] = '-';
  put_field(o, digits + at, sizeof digits - at, width, left, zero ? '0' : ' ');
}

int format_list(char *to, size_t size, const char *format, va_list list) {
  struct output o = {to, size, 0};
  for (; *format != 0; format++) {
    if (*format != '%') {
      put(&o, *format);
      continue;
    }
    bool left = false, zero = false;
    size_t width = 0;
    u32 longs = 0;
    for (format++; *format == '-' || *format == '0'; format++) {
      if (*format == '-') left = true;
      else zero = true;
    }
    if (*format == '*') width = (size_t)va_arg(list, int), format++;
    for (; *format >= '0' && *format <= '9'; format++) width = width * 10 + (size_t)(*format - '0');
    for (; *format == 'l'; format++) longs++;
    switch (*format) {
      case 'c': {
        char c = (char)va_arg(list, int);
        put_field(&o, &c, 1, width, left, ' ');
        break;
      }
      case 's': {
        const char *s = va_arg(list, const char *);
        put_field(&o, s, length_of(s), width, left, ' ');
        break;
      }
      case 'd': {
        int v = va_arg(list, int);
        put_number(&o, v < 0 ? 0u - (u32)v : (u32)v, 10, false, v < 0, width, left, zero);
        break;
      }
      case 'u':
      case 'x':
      case 'X': {
        u64 v = longs == 2 ? va_arg(list, u64) : va_arg(list, u32);
        put_number(&o, v, *format == 'u' ? 10 : 16, *format == 'X', false, width, left, zero);
        break;
      }
      default:
        put(&o, *format);
    }
  }
  if (size > 0) to[o.used < size ? o.used : size - 1] = 0;
  return (int)o.used;
}

int format(char *to, size_t size, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = format_list(to, size, format, list);
  va_end(list);
  return n;
}

// What control programs do all day: lists, small matrices, numbers in text, a checksum over everything.
#include "compute.h"

const u32 rounds = 6000;

struct item {
  struct item *next;
  u16 key, value;
};

enum { ITEMS = 400, SIDE = 16, TEXT = 600 };
static struct item items[ITEMS];
static u16 a[SIDE * SIDE], b[SIDE * SIDE];
static u32 c[SIDE * SIDE];
static char text[TEXT];

static u16 crc16(u16 crc, u16 value) {
  for (u32 bit = 0; bit < 16; bit++, value >>= 1) crc = (crc ^ value) & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
  return crc;
}

static struct item *merge(struct item *x, struct item *y, bool by_value) {
  struct item head, *last = &head;
  while (x && y) {
    bool first = by_value ? x->value <= y->value : x->key <= y->key;
    struct item **from = first ? &x : &y;
    last->next = *from;
    last = *from;
    *from = (*from)->next;
  }
  last->next = x ? x : y;
  return head.next;
}

static struct item *sorted(struct item *list, u32 n, bool by_value) {
  if (n < 2) {
    if (list) list->next = NULL;
    return list;
  }
  struct item *middle = list;
  for (u32 i = 0; i < n / 2; i++) middle = middle->next;
  struct item *right = sorted(middle, n - n / 2, by_value);
  return merge(sorted(list, n / 2, by_value), right, by_value);
}

static u16 lists(u16 crc) {
  for (u32 i = 0; i < ITEMS; i++) {
    items[i].next = i + 1 < ITEMS ? &items[i + 1] : NULL;
    items[i].key = (u16)next_number();
    items[i].value = (u16)i;
  }
  struct item *list = sorted(items, ITEMS, false);
  for (u32 want = 0; want < ITEMS; want += 40) {
    u32 steps = 0;
    for (struct item *item = list; item && item->value != want; item = item->next) steps++;
    crc = crc16(crc, (u16)steps);
  }
  struct item *reversed = NULL;
  while (list) {
    struct item *next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  list = sorted(reversed, ITEMS, true);
  return crc16(crc, list->next->key);
}

static u16 matrices(u16 crc) {
  for (u32 i = 0; i < SIDE * SIDE; i++) a[i] = (u16)next_number(), b[i] = (u16)(next_number() & 0xff);
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) {
      u32 sum = 0;
      for (u32 k = 0; k < SIDE; k++) {
        u32 product = (u32)a[i * SIDE + k] * b[k * SIDE + j];
        sum += (product >> 2 & 0xf) * (product >> 5 & 0x7f);
      }
      c[i * SIDE + j] = sum;
    }
  u32 sum = 0;
  for (u32 i = 1; i < SIDE * SIDE; i++) sum += c[i] > c[i - 1] ? 10 : c[i] & 3;
  return crc16(crc, (u16)sum);
}

enum state { START, SIGN, DIGITS, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS, WRONG, STATES };

static enum state step(enum state state, char ch) {
  bool digit = ch >= '0' && ch <= '9', sign = ch == '+' || ch == '-';
  switch (state) {
  case START: return digit ? DIGITS : sign ? SIGN : ch == '.' ? POINT : WRONG;
  case SIGN: return digit ? DIGITS : ch == '.' ? POINT : WRONG;
  case DIGITS: return digit ? DIGITS : ch == '.' ? FRACTION : ch == 'e' ? EXPONENT : WRONG;
  case POINT: return digit ? FRACTION : WRONG;
  case FRACTION: return digit ? FRACTION : ch == 'e' ? EXPONENT : WRONG;
  case EXPONENT: return sign ? EXPONENT_SIGN : digit ? EXPONENT_DIGITS : WRONG;
  case EXPONENT_SIGN:
  case EXPONENT_DIGITS: return digit ? EXPONENT_DIGITS : WRONG;
  default: return WRONG;
  }
}

static u16 numbers(u16 crc) {
  static const char characters[] = "0123456789012345678901234567+-.e,,,,";
  for (u32 i = 0; i < TEXT; i++) text[i] = characters[next_number() % 36];
  u16 ended[STATES] = {0};
  enum state state = START;
  for (u32 i = 0; i < TEXT; i++) {
    if (text[i] == ',') {
      ended[state]++;
      state = START;
    } else state = step(state, text[i]);
  }
  for (u32 i = 0; i < STATES; i++) crc = crc16(crc, ended[i]);
  return crc;
}

u32 run(void) { return numbers(matrices(lists(0xffff))); }

// What the compiler takes for granted: memory, and division, which this processor has no instruction for.
#include "demo.h"

void *memcpy(void *to, const void *from, size_t n) {
  u8 *t = to;
  const u8 *f = from;
  if ((((u32)t | (u32)f) & 3) == 0) {
    for (; n >= 4; n -= 4, t += 4, f += 4) *(u32 *)t = *(const u32 *)f;
  }
  while (n-- > 0) *t++ = *f++;
  return to;
}

void *memset(void *to, int byte, size_t n) {
  u8 *t = to;
  u32 word = (u8)byte * 0x01010101u;
  for (; n > 0 && ((u32)t & 3) != 0; n--) *t++ = (u8)byte;
  for (; n >= 4; n -= 4, t += 4) *(u32 *)t = word;
  while (n-- > 0) *t++ = (u8)byte;
  return to;
}

void __aeabi_memcpy(void *to, const void *from, size_t n);
void __aeabi_memcpy(void *to, const void *from, size_t n) { memcpy(to, from, n); }
void __aeabi_memcpy4(void *to, const void *from, size_t n) __attribute__((alias("__aeabi_memcpy")));
void __aeabi_memcpy8(void *to, const void *from, size_t n) __attribute__((alias("__aeabi_memcpy")));
void __aeabi_memset(void *to, size_t n, int byte);
void __aeabi_memset(void *to, size_t n, int byte) { memset(to, byte, n); }
void __aeabi_memclr(void *to, size_t n);
void __aeabi_memclr(void *to, size_t n) { memset(to, 0, n); }
void __aeabi_memclr4(void *to, size_t n) __attribute__((alias("__aeabi_memclr")));
void __aeabi_memclr8(void *to, size_t n) __attribute__((alias("__aeabi_memclr")));

// Quotient in the low word, remainder in the high one: r0 and r1.
static inline u64 divide_words(u32 n, u32 by) {
  if (by == 0) return (u64)n << 32 | 0xffffffff;
  if (n < by) return (u64)n << 32;
  u32 shift = (u32)__builtin_clz(by) - (u32)__builtin_clz(n), quotient = 0;
  for (u32 d = by << shift;; d >>= 1) {
    quotient <<= 1;
    if (n >= d) n -= d, quotient |= 1;
    if (shift-- == 0) break;
  }
  return (u64)n << 32 | quotient;
}

u64 __aeabi_uidivmod(u32 n, u32 by);
u64 __aeabi_uidivmod(u32 n, u32 by) { return divide_words(n, by); }
u32 __aeabi_uidiv(u32 n, u32 by);
u32 __aeabi_uidiv(u32 n, u32 by) { return (u32)divide_words(n, by); }

u64 __aeabi_idivmod(int n, int by);
u64 __aeabi_idivmod(int n, int by) {
  u64 both = divide_words(n < 0 ? 0u - (u32)n : (u32)n, by < 0 ? 0u - (u32)by : (u32)by);
  u32 quotient = (u32)both, rest = (u32)(both >> 32);
  if ((n ^ by) < 0) quotient = 0 - quotient;
  if (n < 0) rest = 0 - rest;
  return (u64)rest << 32 | quotient;
}
int __aeabi_idiv(int n, int by);
int __aeabi_idiv(int n, int by) { return (int)__aeabi_idivmod(n, by); }

u64 divide(u64 n, u32 by, u32 *remainder) {
  u64 first = divide_words((u32)(n >> 32), by);
  u32 rest = (u32)(first >> 32), low = (u32)n, quotient = 0;
  if (rest == 0) {
    u64 second = divide_words(low, by);
    quotient = (u32)second;
    rest = (u32)(second >> 32);
  } else {
    for (u32 bit = 0; bit < 32; bit++) {
      bool carry = rest >> 31;
      rest = rest << 1 | low >> 31;
      low <<= 1;
      quotient <<= 1;
      if (carry || rest >= by) rest -= by, quotient |= 1;
    }
  }
  if (remainder) *remainder = rest;
  return (u64)(u32)first << 32 | quotient;
}

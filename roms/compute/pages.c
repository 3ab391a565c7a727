// Numbers that are made and sorted again and again, in the page of the code that does it or, as "apart", in one of their own.
#include "compute.h"

const u32 rounds = 4000;

enum { N = 256 };
#if defined(BESIDE)
__asm__(
    ".section .text.page, \"ax\", %progbits\n"
    ".balign 4096\n"
    "words: .space 1024\n"
    ".previous");
extern u32 words[N];
#else
static u32 words[N] __attribute__((aligned(4096)));
#endif

__attribute__((section(".text.page"), noinline)) static u32 sorted(u32 *numbers, u32 seed) {
  for (u32 i = 0; i < N; i++) numbers[i] = seed = seed * 1664525 + 1013904223;
  for (u32 gap = N / 2; gap > 0; gap /= 2)
    for (u32 i = gap; i < N; i++) {
      u32 number = numbers[i], j = i;
      for (; j >= gap && numbers[j - gap] > number; j -= gap) numbers[j] = numbers[j - gap];
      numbers[j] = number;
    }
  u32 sum = 0;
  for (u32 i = 0; i < N; i++) sum = mixed(sum, numbers[i]);
  return sum;
}

// Lets a page of code be written, too: mprotect.
static void allow(u32 *page) {
  enum { READ = 1, WRITE = 2, EXECUTE = 4, CALL = 125 };
#if defined(__i386__)
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(CALL), "b"(page), "c"(4096), "d"(READ | WRITE | EXECUTE)
                   : "memory");
#elif defined(__arm__)
  register long r7 __asm__("r7") = CALL, r0 __asm__("r0") = (long)page, r1 __asm__("r1") = 4096,
                r2 __asm__("r2") = READ | WRITE | EXECUTE;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
#endif
}

u32 run(void) {
  static bool is_allowed;
  if (!is_allowed) allow(words);
  is_allowed = true;
  return sorted(words, next_number());
}

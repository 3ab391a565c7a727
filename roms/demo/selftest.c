// The self test: PASS, FAIL or SKIP for each part of the machine.
#include "demo.h"

u32 selftest_failures;

static const char *part;
static u32 checks, failed;

bool check(const char *what, u32 got, u32 wanted) {
  checks++;
  if (got == wanted) return true;
  failed++;
  print("FAIL %s: %s is %x, should be %x\n", part, what, got, wanted);
  return false;
}

void selftest(void) {
  u32 passed = 0, failures = 0, skipped = 0;
  for (u32 i = 0; i < selftest_part_count; i++) {
    part = selftest_parts[i].name;
    checks = failed = 0;
    selftest_parts[i].run();
    if (failed != 0) {
      failures++;
      print("FAIL %s (%u of %u checks)\n", part, failed, checks);
    } else if (checks == 0) {
      skipped++;
      print("SKIP %s: not on this machine\n", part);
    } else {
      passed++;
      print("PASS %s (%u checks)\n", part, checks);
    }
    screen_show();
  }
  selftest_failures = failures;
  print("self test: %u passed, %u failed, %u skipped\n", passed, failures, skipped);
}

struct unaligned {
  union {
    u32 word;
    u16 half;
  } __attribute__((packed));
} __attribute__((packed));

void test_memory(void) {
  volatile u32 *words = (volatile u32 *)arena;
  enum { N = sizeof arena / 4 };
  static const u32 patterns[] = {0, 0xffffffff, 0x55555555, 0xaaaaaaaa, 0x00ff00ff};
  u32 wrong = 0;
  for (u32 p = 0; p < sizeof patterns / sizeof *patterns; p++) {
    for (u32 i = 0; i < N; i++) words[i] = patterns[p];
    for (u32 i = 0; i < N; i++) wrong += words[i] != patterns[p];
    check("words that do not hold the pattern", wrong, 0);
  }
  for (u32 i = 0; i < N; i++) words[i] = (u32)&words[i];
  for (u32 i = 0; i < N; i++) wrong += words[i] != (u32)&words[i];
  check("words that do not hold their address", wrong, 0);
  for (u32 bit = 0; bit < 32; bit++) {
    words[bit] = 1u << bit;
    wrong += words[bit] != 1u << bit;
  }
  check("bits that do not stay", wrong, 0);
  // Across a page boundary, and byte order.
  volatile u8 *edge = arena + 4096 - 2;
  ((volatile struct unaligned *)edge)->word = 0x04030201;
  check("byte before the boundary", edge[1], 2);
  check("byte after the boundary", edge[2], 3);
  check("word across the boundary", ((volatile struct unaligned *)edge)->word, 0x04030201);
  check("half word across the boundary", ((volatile struct unaligned *)(edge + 1))->half, 0x0302);
}

// The benchmark: counted loops (bench.S) and compiled kernels (kernels.c), timed by the time-stamp counter.
#include "demo.h"

struct part {
  const char *name;
  u32 (*run)(u32 rounds);
  u32 once, round;
};
extern const struct part bench_parts[], bench_parts_end[];

enum { MILLIONS = 64, SAMPLE = 20000 };

u8 arena[256 * 1024] __attribute__((aligned(4096)));

static void fill_arena(void) {
  u32 *words = (u32 *)arena, x = 1;
  for (u32 i = 0; i < sizeof arena / 4; i++) words[i] = x = x * 1664525 + 1013904223;
}

static void print_time(u64 us) {
  u32 rest;
  u64 ms = divide(us, 1000, &rest);
  print("%llu.%u ms", ms, rest / 100);
}

static u64 time_part(const struct part *part, u32 rounds, u32 *checksum) {
  fill_arena();
  u64 from = counter();
  *checksum = part->run(rounds);
  return counter_to_us(counter() - from);
}

static void print_part(const char *name, u64 instructions, u64 us, u32 checksum) {
  if (us == 0) us = 1;
  u32 tenth, mips = (u32)divide(divide(instructions * 10, (u32)us, NULL), 10, &tenth);
  print("bench %s: %llu instructions, ", name, instructions);
  print_time(us);
  print(", %u.%u MIPS, checksum %08x\n", mips, tenth, checksum);
}

static void run_part(const struct part *part, u32 millions) {
  u32 rounds = (u32)divide((u64)millions * 1000000, part->round, NULL), checksum;
  u64 us = time_part(part, rounds, &checksum);
  print_part(part->name, (u64)rounds * part->round + part->once, us, checksum);
}

// What interrupts cost: the first part as ever and with TICKS of them in a second, in turn.
static void run_ticking(u32 millions) {
  enum { TIMES = 10, TICKS = 10000 };
  const struct part *part = bench_parts;
  u32 rounds = (u32)divide((u64)millions * 1000000, part->round, NULL), checksum, came = 0, before = ticks;
  u64 quiet = 0, busy = 0, instructions = ((u64)rounds * part->round + part->once) * TIMES;
  for (u32 i = 0; i < TIMES; i++) {
    quiet += time_part(part, rounds, &checksum);
    u32 from = ticks;
    if (!tick_rate(TICKS)) {
      print("bench interrupts: there is no timer\n");
      return;
    }
    busy += time_part(part, rounds, &checksum);
    tick_rate(TICKS_PER_SECOND);
    came += ticks - from;
  }
  ticks = before;
  print_part("undisturbed", instructions, quiet, checksum);
  print_part("interrupts", instructions, busy, checksum);
  u32 rest, percent = (u32)divide(divide((busy > quiet ? busy - quiet : 0) * 1000, (u32)quiet, NULL), 10, &rest);
  print("%u interrupts, %u a second, cost %u.%u %%\n", came, TICKS, percent, rest);
}

static void run_kernel(const struct kernel *kernel) {
  u32 checksum = 0;
  u64 us = 0;
  for (u32 i = 0; i < kernel->rounds; i++) {
    fill_arena();
    u64 from = counter();
    checksum = checksum * 31 + kernel->run();
    us += counter_to_us(counter() - from);
  }
  print("bench compiled %s: %u rounds, ", kernel->name, kernel->rounds);
  print_time(us);
  print(", checksum %08x\n", checksum);
}

void bench(const char *which, u32 millions) {
  bool all = same(which, "all"), found = all;
  if (millions == 0) millions = MILLIONS;
  if (millions > 60000) millions = 60000;
  for (const struct part *part = bench_parts; part < bench_parts_end; part++) {
    if (!all && !same(which, part->name)) continue;
    found = true;
    run_part(part, millions);
    screen_show();
  }
  for (u32 i = 0; i < kernel_count; i++) {
    if (!all && !same(which, "compiled") && !same(which, kernels[i].name)) continue;
    found = true;
    run_kernel(&kernels[i]);
    screen_show();
  }
  if (same(which, "interrupts")) {
    found = true;
    run_ticking(millions);
  }
  if (found) return;
  print("bench [PART] [MILLIONS]; parts:");
  for (const struct part *part = bench_parts; part < bench_parts_end; part++) print(" %s", part->name);
  print(" interrupts compiled");
  for (u32 i = 0; i < kernel_count; i++) print(" %s", kernels[i].name);
  print("\n");
}

// Instructions in a microsecond, by a short run of the first part.
u32 bench_speed_sample(void) {
  const struct part *part = bench_parts;
  u32 rounds = SAMPLE / part->round, flags = save_interrupts();
  u64 from = counter();
  part->run(rounds);
  u64 cycles = counter() - from;
  restore_interrupts(flags);
  u64 ns = scale(cycles, 1000000, counter_khz);
  return ns == 0 || ns >> 32 ? 0 : (u32)divide((u64)(rounds * part->round + part->once) * 1000, (u32)ns, NULL);
}

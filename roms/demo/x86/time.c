// The 8254: channel 0 ticks, channel 2 measures the time-stamp counter. Delays and the time since the start.
#include "demo.h"

enum { CHANNEL0 = 0x40, CHANNEL2 = 0x42, MODE = 0x43, GATE = 0x61, OUTPUT = 0x20 };
enum { PIT_HZ = 1193182 };

bool pit_present, counter_measured;
u32 counter_khz = 1000000;
volatile u32 ticks;
static u64 counter_start;

static u16 latched(u8 channel) {
  out8(MODE, (u8)(channel << 6));
  u16 port = (u16)(CHANNEL0 + channel);
  u8 low = in8(port);
  return (u16)(low | in8(port) << 8);
}

u16 pit_counter(void) { return latched(0); }

struct moment moment(u32 (*count)(void)) {
  struct moment best = {0, 0};
  u64 gap = ~0ull;
  for (u32 i = 0; i < 8; i++) {
    u64 before = counter();
    u32 now = count();
    u64 after = counter();
    if (after - before >= gap) continue;
    gap = after - before;
    best.counter = before + gap / 2;
    best.count = now;
  }
  return best;
}

static u32 channel2(void) { return latched(2); }

static void load_channel2(void) {
  out8(MODE, 0xb0);  // both bytes, mode 0
  out8(CHANNEL2, 0xff);
  out8(CHANNEL2, 0xff);
}

// Counts channel 2 down for 10 ms. 0 if it ran out, which is when nobody looked for 55 ms.
static u64 measure_khz(bool output) {
  load_channel2();
  struct moment from = moment(channel2), to;
  do {
    to = moment(channel2);
  } while (((from.count - to.count) & 0xffff) < PIT_HZ / 100);
  if (output && (in8(GATE) & OUTPUT)) return 0;
  u64 khz = scale(to.counter - from.counter, PIT_HZ / 1000, (from.count - to.count) & 0xffff);
  return khz + scale(khz, PIT_HZ % 1000, PIT_HZ);  // PIT_HZ / 1000 dropped 182 of 1193182
}

static void measure_tsc(void) {
  out8(GATE, (u8)((in8(GATE) & ~2) | 1));  // gate open, speaker off
  load_channel2();
  u32 first = channel2();
  for (u32 i = 0; channel2() == first; i++) {
    if (i == 10000) return;
  }
  pit_present = true;
  // Port 0x61 shows when the counter ran out, on boards that have it. Without it, a disturbed measurement is known
  // by being the longer one.
  bool output = !(in8(GATE) & OUTPUT);
  u64 khz = ~0ull;
  for (u32 attempt = 0, good = 0; attempt < 5 && good < (output ? 1u : 2u); attempt++) {
    u64 measured = measure_khz(output);
    if (measured == 0) continue;
    if (measured < khz) khz = measured;
    good++;
  }
  if (khz < 1000 || khz > 0xf0000000) return;
  counter_khz = (u32)khz;
  counter_measured = true;
}

void time_start(void) {
  counter_start = counter();
  measure_tsc();
  tick_rate(TICKS_PER_SECOND);
}

bool tick_rate(u32 rate) {
  if (!pit_present) return false;
  u32 divisor = (PIT_HZ + rate / 2) / rate;
  out8(MODE, 0x34);  // channel 0, both bytes, mode 2
  out8(CHANNEL0, (u8)divisor);
  out8(CHANNEL0, (u8)(divisor >> 8));
  return true;
}

void time_tick(void) { ticks++; }

u64 counter_to_us(u64 cycles) { return scale(cycles, 1000, counter_khz); }

u64 uptime_us(void) { return counter_to_us(counter() - counter_start); }

void delay_us(u32 us) {
  u64 until = counter() + scale(us, counter_khz, 1000);
  while (counter() < until) relax();
}

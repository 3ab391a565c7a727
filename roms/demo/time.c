// The 8254: channel 0 ticks, channel 2 measures the time-stamp counter. Delays and the time since the start.
#include "demo.h"

enum { CHANNEL0 = 0x40, CHANNEL2 = 0x42, MODE = 0x43, GATE = 0x61 };
enum { PIT_HZ = 1193182, DIVISOR = (PIT_HZ + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND };

bool pit_present, tsc_measured;
u32 tsc_khz = 1000000;
volatile u32 ticks;
static u64 tsc_start;

static u16 latched(u8 channel) {
  out8(MODE, (u8)(channel << 6));
  u16 port = (u16)(CHANNEL0 + channel);
  u8 low = in8(port);
  return (u16)(low | in8(port) << 8);
}

u16 pit_counter(void) { return latched(0); }

// Counts down channel 2 from 0xffff and compares: about 10 ms.
static void measure_tsc(void) {
  out8(GATE, (u8)((in8(GATE) & ~2) | 1));  // gate open, speaker off
  out8(MODE, 0xb0);                        // channel 2, both bytes, mode 0
  out8(CHANNEL2, 0xff);
  out8(CHANNEL2, 0xff);
  u16 first = latched(2);
  for (u32 i = 0; latched(2) == first; i++) {
    if (i == 10000) return;
  }
  pit_present = true;
  u64 from_tsc = tsc();
  u16 from = latched(2), to;
  u64 to_tsc;
  do {
    to_tsc = tsc();
    to = latched(2);
  } while ((u16)(from - to) < PIT_HZ / 100);
  u32 counts = (u16)(from - to);
  u64 khz = scale(to_tsc - from_tsc, PIT_HZ / 1000, counts);
  if (khz < 1000 || khz > 0xffffffff) return;
  // PIT_HZ / 1000 dropped 182 of 1193182.
  tsc_khz = (u32)(khz + scale(khz, PIT_HZ % 1000, PIT_HZ));
  tsc_measured = true;
}

void time_start(void) {
  tsc_start = tsc();
  measure_tsc();
  if (!pit_present) return;
  out8(MODE, 0x34);  // channel 0, both bytes, mode 2
  out8(CHANNEL0, DIVISOR & 0xff);
  out8(CHANNEL0, DIVISOR >> 8);
}

void time_tick(void) { ticks++; }

u64 tsc_to_us(u64 cycles) { return scale(cycles, 1000, tsc_khz); }

u64 uptime_us(void) { return tsc_to_us(tsc() - tsc_start); }

void delay_us(u32 us) {
  u64 until = tsc() + scale(us, tsc_khz, 1000);
  while (tsc() < until) relax();
}

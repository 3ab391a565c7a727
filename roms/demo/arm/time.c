// The core module's 24 MHz counter, and two of the board's timers of 1 MHz: timer 1 ticks, timer 2 interrupts fast.
#include "demo.h"

enum { REFERENCE = CORE_MODULE + 0x28, TIMER1 = TIMERS + 0x100, TIMER2 = TIMERS + 0x200 };
enum { LOAD = 0x00, VALUE = 0x04, CONTROL = 0x08, CLEAR = 0x0c };
enum { ENABLE = 0x80, PERIODIC = 0x40, INTERRUPT = 0x20, WIDE = 0x02 };

u32 counter_khz = 24000;
volatile u32 ticks;
static u32 last, high;
static u64 began;

// The counter has 32 bits, three minutes; each tick reads it.
u64 counter(void) {
  u32 flags = save_interrupts(), now = read32(REFERENCE);
  if (now < last) high++;
  last = now;
  u64 all = (u64)high << 32 | now;
  restore_interrupts(flags);
  return all;
}

static void start_timer(u32 timer, u32 rate) {
  write32(timer + CONTROL, 0);
  write32(timer + LOAD, 1000000 / rate);
  write32(timer + CONTROL, ENABLE | PERIODIC | INTERRUPT | WIDE);
}

void time_start(void) {
  began = counter();
  tick_rate(TICKS_PER_SECOND);
  start_timer(TIMER2, FAST_PER_SECOND);
}

bool tick_rate(u32 rate) {
  start_timer(TIMER1, rate);
  return true;
}

void time_interrupt(void) {
  write32(TIMER1 + CLEAR, 1);
  ticks++;
  counter();
}

void fast_timer_interrupt(void) { write32(TIMER2 + CLEAR, 1); }

u32 timer_value(void) { return read32(TIMER1 + VALUE); }

u64 counter_to_us(u64 cycles) { return divide(cycles, 24, NULL); }

u64 uptime_us(void) { return counter_to_us(counter() - began); }

void delay_us(u32 us) {
  u64 until = counter() + (u64)us * 24;
  while (counter() < until) relax();
}

// Self test of the board: interrupts both ways, timers, clock chip.
#include "demo.h"

static u32 within(volatile u32 *count, u32 us) {
  u32 from = *count;
  u64 until = uptime_us() + us;
  while (uptime_us() < until) relax();
  return *count - from;
}

void test_interrupts(void) {
  check("ticks come", within(&ticks, 50000) > 0, true);
  check("fast ones come", within(&interrupt_count[SOURCE_FAST], 100000) > 0, true);
  check("the way of the tick", same(route_of(SOURCE_TIMER), "IRQ"), true);
  check("the way of the fast timer", same(route_of(SOURCE_FAST), "FIQ"), true);
  u32 flags = save_interrupts(), from = ticks;
  delay_us(25000);
  check("ticks while interrupts are off", ticks - from, 0);
  restore_interrupts(flags);
  delay_us(1000);
  check("the tick that waited", ticks != from, true);
  check("frames come", within(&interrupt_count[SOURCE_FRAME], 100000) > 0, true);
}

void test_timers(void) {
  u64 before = counter();
  u32 backwards = 0;
  for (u32 i = 0; i < 1000; i++) {
    u64 now = counter();
    backwards += now < before;
    before = now;
  }
  check("steps backwards of the counter", backwards, 0);
  // A busy host delays ticks; one undisturbed pair shows the rate.
  bool right = false;
  u64 from = 0;
  for (u32 attempt = 0; attempt < 100 && !right; attempt++) {
    u32 tick = ticks;
    while (ticks == tick) relax();
    u64 now = uptime_us();
    right = from != 0 && now - from >= 9600 && now - from <= 10400;
    from = now;
  }
  check("two ticks are 10 ms apart", right, true);
  u32 smallest = 0xffffffff, largest = 0;
  for (u32 i = 0; i < 2000; i++) {
    u32 value = timer_value();
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  check("the timer stays below its load", largest <= 10000, true);
  check("the timer counts", largest > smallest, true);
}

void test_clock(void) {
  struct date d = rtc_read();
  check("a month", d.month >= 1 && d.month <= 12, true);
  check("a day", d.day >= 1 && d.day <= 31, true);
  u32 updates = rtc_updates;
  u64 until = uptime_us() + 2500000;
  struct date now = d;
  while ((now.second == d.second || rtc_updates == updates) && uptime_us() < until) now = rtc_read();
  check("the second changed", now.second != d.second, true);
  check("an alarm said so", rtc_updates != updates, true);
}

// Self test of the board: interrupts on every route, timers, clock chip, the other processors.
#include "demo.h"

static u32 ticks_within(u32 us) {
  u32 from = ticks;
  u64 until = uptime_us() + us;
  while (uptime_us() < until) relax();
  return ticks - from;
}

void test_interrupts(void) {
  if (!pit_present || route == ROUTE_NONE) return;
  enum route before = route;
  for (enum route r = ROUTE_PIC; r <= ROUTE_IOAPIC; r++) {
    bool chips = r == ROUTE_PIC ? pic_present : apic_present && ioapic_present && (r == ROUTE_IOAPIC || pic_present);
    if (!chips) continue;
    check(route_name(r), interrupts_route(r), true);
    check(route_name(r), ticks_within(50000) > 0, true);
    check("the way the timer came", same(route_of(SOURCE_TIMER), r == ROUTE_IOAPIC ? "IOAPIC" : "PIC"), true);
  }
  check("the route as before", interrupts_route(before), true);
  u32 flags = save_interrupts(), from = ticks;
  delay_us(25000);
  check("ticks while interrupts are off", ticks - from, 0);
  restore_interrupts(flags);
  delay_us(1000);
  check("the tick that waited", ticks != from, true);
}

// Which comes first after a tick: the next tick, 10 ms away, or the local timer, set to `us`?
static bool apic_timer_is_first(u32 us, u64 *took) {
  u32 tick = ticks;
  while (ticks == tick) relax();
  u32 local = cpu[0].timer_ticks;
  tick = ticks;
  u64 from = counter();
  apic_timer_once(us);
  while (ticks == tick && cpu[0].timer_ticks == local) relax();
  *took = counter_to_us(counter() - from);
  bool first = cpu[0].timer_ticks != local;
  while (cpu[0].timer_ticks == local) relax();
  return first;
}

// A busy host may let both times pass at once: the order counts when it is seen once in a few attempts.
static bool order_seen(u32 us, bool apic_first) {
  for (u32 attempt = 0; attempt < 20; attempt++) {
    u64 took;
    bool first = apic_timer_is_first(us, &took);
    if (first) check("the local timer is not early", took + us / 50 + 20 >= us, true);
    if (first == apic_first) return true;
  }
  return false;
}

void test_timers(void) {
  u64 before = counter();
  u32 backwards = 0;
  for (u32 i = 0; i < 1000; i++) {
    u64 now = counter();
    backwards += now < before;
    before = now;
  }
  check("steps backwards of the time-stamp counter", backwards, 0);
  if (!pit_present || route == ROUTE_NONE) return;
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
  u32 smallest = 0xffff, largest = 0;
  for (u32 i = 0; i < 2000; i++) {
    u16 count = pit_counter();
    if (count < smallest) smallest = count;
    if (count > largest) largest = count;
  }
  check("the counter stays below its divisor", largest <= 11932, true);
  check("the counter counts", largest > smallest, true);
  if (!apic_present || apic_timer_khz == 0) return;
  check("local timer of 3 ms before the tick", order_seen(3000, true), true);
  check("tick before a local timer of 15 ms", order_seen(15000, false), true);
  apic_timer_periodic();
}

void test_clock(void) {
  if (!rtc_present) return;
  struct date d = rtc_read();
  check("a month", d.month >= 1 && d.month <= 12, true);
  check("a day", d.day >= 1 && d.day <= 31, true);
  check("a time of day", d.hour < 24 && d.minute < 60 && d.second < 60, true);
  u32 updates = rtc_updates;
  u64 until = uptime_us() + 2500000;
  struct date now = d;
  while ((now.second == d.second || rtc_updates == updates) && uptime_us() < until) {
    __asm__ volatile("hlt");
    now = rtc_read();
  }
  check("the second changed", now.second != d.second, true);
  if (route != ROUTE_NONE) check("an interrupt said so", rtc_updates != updates, true);
}

enum { TIMES = 20000 };
static volatile u32 shared, other_done;

static void add_many(void) {
  for (u32 i = 0; i < TIMES; i++) __asm__ volatile("lock incl %0" : "+m"(shared) : : "cc");
}

static void other_job(void) {
  add_many();
  __asm__ volatile("lock incl %0" : "+m"(other_done) : : "cc");
}

static bool wait_for(volatile u32 *what, u32 value) {
  u64 until = uptime_us() + 2000000;
  while (*what != value && uptime_us() < until) relax();
  return *what == value;
}

void test_cpus(void) {
  for (u32 i = 1; i < cpu_count; i++) {
    u32 pings = cpu[i].pings;
    for (u32 n = 1; n <= 20; n++) {
      u32 pongs = cpu[0].pongs;
      smp_ping(i);
      if (!check("an answer to an IPI", wait_for(&cpu[0].pongs, pongs + 1), true)) break;
    }
    check("IPIs that arrived", cpu[i].pings - pings, 20);
    shared = other_done = 0;
    smp_run(i, other_job);
    add_many();
    check("the other processor is ready", wait_for(&other_done, 1), true);
    check("sum of two processors", shared, 2 * TIMES);
    u32 local = cpu[i].timer_ticks;
    delay_us(100000);
    check("its own timer ticks", cpu[i].timer_ticks != local, true);
  }
}

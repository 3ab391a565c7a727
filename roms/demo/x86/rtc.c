// The MC146818 clock: date and time, and its update-ended interrupt once a second.
#include "demo.h"

enum { INDEX = 0x70, DATA = 0x71 };
enum { A = 10, B = 11, C = 12, D = 13, CENTURY = 0x32 };

bool rtc_present;
volatile u32 rtc_updates;

// Bit 7 of the index keeps NMIs off, as it is at reset.
static u8 get(u8 index) {
  out8(INDEX, index);
  return in8(DATA);
}
static void set(u8 index, u8 value) {
  out8(INDEX, index);
  out8(DATA, value);
}

void rtc_start(void) {
  if (get(D) == 0xff || !(get(D) & 0x80)) return;
  rtc_present = true;
  set(B, (u8)((get(B) & ~0x60) | 0x10));
  get(C);
}

void rtc_interrupt(void) {
  if (get(C) & 0x10) rtc_updates++;
}

static u8 binary(u8 v, bool bcd) { return bcd ? (u8)((v >> 4) * 10 + (v & 15)) : v; }

struct date rtc_read(void) {
  struct date date = {0};
  if (!rtc_present) return date;
  u32 flags = save_interrupts();
  for (u32 i = 0; i < 100000 && (get(A) & 0x80); i++) relax();
  u8 b = get(B);
  bool bcd = !(b & 4);
  u8 hour = get(4), century = binary(get(CENTURY), true);
  date.second = binary(get(0), bcd);
  date.minute = binary(get(2), bcd);
  date.day = binary(get(7), bcd);
  date.month = binary(get(8), bcd);
  date.year = binary(get(9), bcd) + (century >= 19 && century <= 21 ? century * 100u : 2000u);
  bool afternoon = hour & 0x80;
  date.hour = binary(hour & 0x7f, bcd);
  if (!(b & 2)) date.hour = (u8)(date.hour % 12 + (afternoon ? 12 : 0));
  restore_interrupts(flags);
  return date;
}

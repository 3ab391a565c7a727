// The PL031 clock: seconds since 1970, and an alarm that is set for each next second.
#include "demo.h"

enum { DATA = CLOCK, MATCH = CLOCK + 4, CONTROL = CLOCK + 12, MASK = CLOCK + 16, CLEAR = CLOCK + 28 };

bool rtc_present;
volatile u32 rtc_updates;

void rtc_start(void) {
  rtc_present = true;
  write32(CONTROL, 1);
  write32(CLEAR, 1);
  write32(MATCH, read32(DATA) + 1);
  write32(MASK, 1);
}

void rtc_interrupt(void) {
  write32(CLEAR, 1);
  write32(MATCH, read32(DATA) + 1);
  rtc_updates++;
}

// Years of 365.2425 days that begin in March: the leap day comes last.
struct date rtc_read(void) {
  u32 now = read32(DATA), days = now / 86400, second = now % 86400;
  days += 719468;  // from 1 March of the year 0
  u32 era = days / 146097, day = days % 146097;
  u32 year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  u32 month = (5 * day + 2) / 153;
  struct date date = {era * 400 + year + (month >= 10), (u8)(month < 10 ? month + 3 : month - 9),
                      (u8)(day - (153 * month + 2) / 5 + 1), (u8)(second / 3600), (u8)(second / 60 % 60), (u8)(second % 60)};
  return date;
}

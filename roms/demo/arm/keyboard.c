// The PS/2 keyboard behind a PL050, told to send scan code set 1.
#include "demo.h"

enum { CONTROL = KEYBOARD, STATUS = KEYBOARD + 4, DATA = KEYBOARD + 8, DIVISOR = KEYBOARD + 12 };
enum { ENABLE = 4, RX_INTERRUPT = 0x10, RX_FULL = 0x10, TX_EMPTY = 0x40 };

static bool send(u8 byte) {
  u64 until = uptime_us() + 50000;
  while (!(read32(STATUS) & TX_EMPTY)) {
    if (uptime_us() > until) return false;
  }
  write32(DATA, byte);
  until = uptime_us() + 50000;
  while (!(read32(STATUS) & RX_FULL)) {
    if (uptime_us() > until) return false;
  }
  return (read32(DATA) & 0xff) == 0xfa;
}

void keyboard_start(void) {
  write32(DIVISOR, 2);  // 8 MHz of the 24 MHz reference
  write32(CONTROL, ENABLE);
  if (!send(0xf0) || !send(1) || !send(0xf4)) return;
  keyboard_present = true;
  write32(CONTROL, ENABLE | RX_INTERRUPT);
}

void keyboard_interrupt(void) {
  for (u32 i = 0; i < 16 && (read32(STATUS) & RX_FULL); i++) keyboard_scan_code((u8)read32(DATA));
}

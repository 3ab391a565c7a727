// The PS/2 keyboard behind the i8042, US layout, translated to scan code set 1.
#include "demo.h"

enum { DATA = 0x60, STATUS = 0x64, COMMAND = 0x64 };
enum { STATUS_OUTPUT = 1, STATUS_INPUT = 2, STATUS_MOUSE = 0x20 };

static bool wait_for(u8 mask, u8 value) {
  for (u32 i = 0; i < 20000; i++) {
    if ((in8(STATUS) & mask) == value) return true;
    relax();
  }
  return false;
}

static bool command(u8 c) {
  if (!wait_for(STATUS_INPUT, 0)) return false;
  out8(COMMAND, c);
  return true;
}

static bool write_data(u8 v) {
  if (!wait_for(STATUS_INPUT, 0)) return false;
  out8(DATA, v);
  return true;
}

static int read_data(void) { return wait_for(STATUS_OUTPUT, STATUS_OUTPUT) ? in8(DATA) : -1; }

static void drain(void) {
  for (u32 i = 0; i < 64 && (in8(STATUS) & STATUS_OUTPUT); i++) in8(DATA);
}

void keyboard_start(void) {
  if (in8(STATUS) == 0xff) return;
  if (!command(0xad) || !command(0xa7)) return;  // both ports quiet
  drain();
  if (!command(0xaa) || read_data() != 0x55) return;
  if (!command(0x20)) return;
  int configuration = read_data();
  if (configuration < 0) return;
  // Interrupt 1 on, 12 off, keyboard clock on, mouse clock off, translation on.
  if (!command(0x60) || !write_data((u8)((configuration & ~0x12) | 0x61))) return;
  if (!command(0xae)) return;
  if (!write_data(0xf4) || read_data() != 0xfa) return;  // keyboard: scan
  drain();
  keyboard_present = true;
}

void keyboard_interrupt(void) {
  for (u32 i = 0; i < 16; i++) {
    u8 status = in8(STATUS);
    if (!(status & STATUS_OUTPUT) || status == 0xff) return;
    u8 data = in8(DATA);
    if (!(status & STATUS_MOUSE)) keyboard_scan_code(data);
  }
}

void keyboard_reset_pulse(void) {
  if (in8(STATUS) != 0xff && wait_for(STATUS_INPUT, 0)) out8(COMMAND, 0xfe);
}

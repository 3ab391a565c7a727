// The PS/2 keyboard behind the i8042, US layout, translated to scan code set 1.
#include "demo.h"

enum { DATA = 0x60, STATUS = 0x64, COMMAND = 0x64 };
enum { STATUS_OUTPUT = 1, STATUS_INPUT = 2, STATUS_MOUSE = 0x20 };

bool keyboard_present;

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

static const char plain[] =
    "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "789-456+1230.";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "789-456+1230.";

static bool shift, control, capital, extended;

static void scan_code(u8 code) {
  if (code == 0xe0) {
    extended = true;
    return;
  }
  bool was_extended = extended, released = code & 0x80;
  extended = false;
  code &= 0x7f;
  switch (code) {
    case 0x2a:
    case 0x36:
      if (!was_extended) shift = !released;
      return;
    case 0x1d:
      control = !released;
      return;
    case 0x3a:
      if (!released) capital = !capital;
      return;
  }
  if (released) return;
  if (was_extended) {
    if (code == 0x48 || code == 0x50) {  // up and down, as a terminal sends them
      input_put('\033');
      input_put('[');
      input_put(code == 0x48 ? 'A' : 'B');
      return;
    }
    if (code != 0x1c && code != 0x35) return;
  }
  if (code >= sizeof plain - 1) return;
  char c = (shift ? shifted : plain)[code];
  if (capital && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) c ^= 0x20;
  if (control && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) c &= 0x1f;
  if (c != 0) input_put((u8)c);
}

void keyboard_interrupt(void) {
  for (u32 i = 0; i < 16; i++) {
    u8 status = in8(STATUS);
    if (!(status & STATUS_OUTPUT) || status == 0xff) return;
    u8 data = in8(DATA);
    if (!(status & STATUS_MOUSE)) scan_code(data);
  }
}

void keyboard_reset_pulse(void) {
  if (in8(STATUS) != 0xff && wait_for(STATUS_INPUT, 0)) out8(COMMAND, 0xfe);
}

// Scan codes of set 1 to characters, US layout.
#include "demo.h"

bool keyboard_present;

static const char plain[] =
    "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "789-456+1230.";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "789-456+1230.";

static bool shift, control, capital, extended;

void keyboard_scan_code(u8 code) {
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

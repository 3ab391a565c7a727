// The PL110 with 640 x 480 dots of 8 bits: characters are drawn from a font, in the colours of a VGA.
#include "demo.h"

enum { WIDTH = 640, HEIGHT = 480, TOP = (HEIGHT - ROWS * 16) / 2 };

extern const u8 font[256 * 16];

static u8 dots[WIDTH * HEIGHT] __attribute__((aligned(4096)));
static u16 cells[ROWS * COLUMNS];
static int cursor = -1;

// Each bit of a row of four dots as a mask for a word, lowest byte first.
static u32 masks[16];

static void palette(u32 index, u32 red, u32 green, u32 blue) {
  u32 at = LCD + 0x200 + index / 2 * 4, shift = index % 2 * 16;
  u32 colour = red >> 3 | (green >> 3) << 5 | (blue >> 3) << 10;
  write32(at, (read32(at) & ~(0xffffu << shift)) | colour << shift);
}

void display_start(void) {
  for (u32 i = 0; i < 16; i++) {
    for (u32 dot = 0; dot < 4; dot++) {
      if (i & (8 >> dot)) masks[i] |= 0xffu << (8 * dot);
    }
  }
  // The order of a VGA's colours is blue, green, red; dark yellow is brown.
  for (u32 i = 0; i < 16; i++) {
    u32 low = i & 8 ? 0x55 : 0, step = 0xaa;
    palette(i, low + (i & 4 ? step : 0), low + (i & 2 ? (i == 6 ? step / 2 : step) : 0), low + (i & 1 ? step : 0));
  }
  write32(LCD + 0x00, 39 << 24 | 23 << 16 | 95 << 8 | (WIDTH / 16 - 1) << 2);
  write32(LCD + 0x04, 32u << 24 | 11 << 16 | 1 << 10 | (HEIGHT - 1));
  write32(LCD + 0x08, 1 << 26 | (WIDTH - 1) << 16 | 1 << 12 | 1 << 11);
  write32(LCD + 0x10, (u32)dots);
  write32(LCD + 0x18, 0);
  write32(LCD + 0x1c, 1 << 5 | 3 << 1 | 1);           // thin film, 8 bits, on
  write32(LCD + 0x1c, 1 << 11 | 1 << 5 | 3 << 1 | 1);  // with power
}

// An interrupt each time the picture's base is taken, which is once a frame.
void display_interrupts(void) { write32(LCD + 0x18, 4); }

// Cleared in the status register; the PL111, which some have in its place, has a register for it.
void display_interrupt(void) {
  write32(LCD + 0x20, 4);
  write32(LCD + 0x28, 4);
}

static void draw(int place) {
  u16 cell = cells[place];
  u32 front = (cell >> 8 & 15) * 0x01010101u, back = (cell >> 12 & 15) * 0x01010101u;
  u32 *to = (u32 *)(dots + (TOP + place / COLUMNS * 16) * WIDTH + place % COLUMNS * 8);
  const u8 *glyph = font + (cell & 0xff) * 16;
  for (u32 line = 0; line < 16; line++, to += WIDTH / 4) {
    u8 bits = place == cursor && line >= 14 ? 0xff : glyph[line];
    u32 left = masks[bits >> 4], right = masks[bits & 15];
    to[0] = (front & left) | (back & ~left);
    to[1] = (front & right) | (back & ~right);
  }
}

void display_cell(int place, u16 cell) {
  cells[place] = cell;
  draw(place);
}

void display_cursor(int place) {
  int old = cursor;
  cursor = place;
  if (old >= 0) draw(old);
  draw(place);
}

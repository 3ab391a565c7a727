// The moving picture and the counters in the upper part of the screen. Where things are depends on the time alone.
#include "demo.h"

enum { BLACK, BLUE, GREEN, CYAN, RED, MAGENTA, BROWN, LIGHT, GREY, SKY, LIME, AQUA, ROSE, PINK, YELLOW, WHITE };
enum { FULL = 0xdb, LOWER = 0xdc, UPPER = 0xdf, SQUARE = 0xfe, DOT = 0xfa, APPROX = 0xf7, RULE = 0xc4, SHADE = 0xb0 };
enum { SCENE_TOP = 1, SCENE_BOTTOM = 9, WATERLINE = 7, PANEL = 10, RULE_ROW = 15 };
enum { SHORE = 9, BOAT_WIDTH = 29, BOAT_HEIGHT = 6, BOAT_TOP = 2 };

// The boat is the same from both ends, as ferries are. W and w: superstructure, o: window, R and u: hull, K: funnel.
static const char boat_picture[BOAT_HEIGHT][BOAT_WIDTH + 1] = {
    "             wKw             ", "         wwwwWKWwwww         ", "       WoWoWoWoWoWoWoW       ",
    "  wwwwwWWWWWWWWWWWWWWWwwwww  ", "RRRRRRRRRRRRRRRRRRRRRRRRRRRRR", " uRRRRRRRRRRRRRRRRRRRRRRRRRu ",
};
static const char boat_name[] = "F E R R Y";

static const char lighthouse[6][6] = {"  Y  ", " wYw ", " WWW ", " RRR ", " WWW ", " RRR "};
static const char house[6][8] = {"       ", "       ", "       ", "  rrr  ", " rrrrr ", " WoWoW "};

static void glyph(int row, int column, u8 c, u8 color) {
  screen_set(row, column, c, (u8)((screen_attribute(row, column) & 0x70) | color));
}

// Draws one letter of a picture; what lies behind half blocks and spaces shows through.
static void letter(int row, int column, char c) {
  switch (c) {
    case 'W':
      screen_set(row, column, ' ', LIGHT << 4 | WHITE);
      break;
    case 'w':
      glyph(row, column, LOWER, LIGHT);
      break;
    case 'o':
      screen_set(row, column, SQUARE, LIGHT << 4 | BLUE);
      break;
    case 'R':
      screen_set(row, column, ' ', RED << 4 | WHITE);
      break;
    case 'r':
      glyph(row, column, LOWER, RED);
      break;
    case 'u':
      glyph(row, column, UPPER, RED);
      break;
    case 'K':
      screen_set(row, column, ' ', BROWN << 4 | WHITE);
      break;
    case 'Y':
      glyph(row, column, FULL, YELLOW);
      break;
  }
}

static u32 hash(u32 n) {
  n = (n ^ 61) ^ (n >> 16);
  n *= 9;
  n ^= n >> 4;
  n *= 0x27d4eb2d;
  return n ^ n >> 15;
}

static void draw_sky(u32 ms) {
  for (int row = SCENE_TOP; row < WATERLINE; row++) {
    for (int column = 0; column < COLUMNS; column++) screen_set(row, column, ' ', BLACK << 4 | LIGHT);
  }
  for (u32 star = 0; star < 34; star++) {
    u32 h = hash(star + 7), twinkle = (ms / 400 + h) % 11;
    int row = SCENE_TOP + (int)(h % (WATERLINE - SCENE_TOP - 1)), column = (int)(h / 16 % COLUMNS);
    screen_set(row, column, h % 5 == 0 ? '+' : DOT, twinkle == 0 ? WHITE : h & 64 ? LIGHT : GREY);
  }
  static const char moon[2][5] = {"wFFw", "uFFu"};
  for (int row = 0; row < 2; row++) {
    for (int i = 0; i < 4; i++) {
      u8 c = moon[row][i] == 'F' ? FULL : moon[row][i] == 'w' ? LOWER : UPPER;
      screen_set(SCENE_TOP + row, 60 + i, c, YELLOW);
    }
  }
}

static void draw_water(u32 ms) {
  for (int row = WATERLINE; row <= SCENE_BOTTOM; row++) {
    // Each row drifts at its own pace, nearer ones faster and the middle one the other way.
    u32 drift = row == WATERLINE ? ms / 350 : row == SCENE_BOTTOM ? ms / 180 : 100000 - ms / 250 % 90000;
    for (int column = 0; column < COLUMNS; column++) {
      u32 h = hash(((u32)column + drift) % 90000 + (u32)row * 100003) % 7;
      u8 color = h < 2 ? AQUA : h == 2 ? SKY : CYAN;
      u8 c = h < 2 ? APPROX : h < 5 ? '~' : ' ';
      bool moonlit = column >= 60 - (row - WATERLINE) && column <= 63 + (row - WATERLINE);
      if (moonlit && h < 5 && hash((u32)column * 31 + (u32)row + ms / 300) % 3 != 0) color = YELLOW;
      screen_set(row, column, c, (u8)(BLUE << 4 | color));
    }
  }
}

static void draw_shores(u32 ms) {
  for (int row = 0; row < 6; row++) {
    for (int i = 0; i < 5; i++) letter(SCENE_TOP + row, 1 + i, lighthouse[row][i]);
    for (int i = 0; i < 7; i++) letter(SCENE_TOP + row, COLUMNS - 8 + i, house[row][i]);
  }
  for (int i = 0; i < SHORE; i++) {
    for (int row = WATERLINE; row <= SCENE_BOTTOM; row++) {
      if (i >= SHORE - (row - WATERLINE)) continue;
      u8 c = row == WATERLINE ? ' ' : i % 3 == 0 ? SHADE : ' ';
      u8 attribute = row == WATERLINE ? GREEN << 4 | LIME : BROWN << 4 | BLACK;
      screen_set(row, i, c, attribute);
      screen_set(row, COLUMNS - 1 - i, c, attribute);
    }
  }
  // The light turns: a beam to the right, one straight at us, one to the left.
  u32 phase = ms / 200 % 20;
  glyph(SCENE_TOP, 3, FULL, phase < 8 ? YELLOW : BROWN);
  if (phase < 4) {
    static const u8 beam[] = {0xb2, 0xb1, 0xb1, 0xb0, 0xb0, 0xb0, 0xb0};
    for (u32 i = 0; i < sizeof beam; i++) glyph(SCENE_TOP, 4 + (int)i, beam[i], YELLOW);
  } else if (phase >= 6 && phase < 8) {
    glyph(SCENE_TOP, 2, 0xb1, YELLOW);
    glyph(SCENE_TOP, 1, 0xb0, YELLOW);
  }
}

static void draw_gulls(u32 ms) {
  for (u32 i = 0; i < 3; i++) {
    u32 step = ms / (260 + 40 * i);
    int column = (int)((step + i * 31) % 110) - 10, row = SCENE_TOP + 1 + (int)((i * 2 + step / 16) % 3);
    bool up = (step + i) & 1;
    if (column < SHORE || column >= COLUMNS - SHORE - 2) continue;
    glyph(row, column, up ? '\\' : '-', WHITE);
    glyph(row, column + 1, 'v', WHITE);
    glyph(row, column + 2, up ? '/' : '-', WHITE);
  }
}

static void draw_boat(u32 ms) {
  // A crossing and a stay at each shore; steps are columns.
  enum { TRAVEL = COLUMNS - 2 * SHORE - BOAT_WIDTH, STAY = 10, STEP_MS = 220 };
  int step = (int)(ms / STEP_MS % (2 * (TRAVEL + STAY)));
  bool back = step >= TRAVEL + STAY;
  if (back) step -= TRAVEL + STAY;
  bool moving = step < TRAVEL;
  int way = moving ? step : TRAVEL, left = SHORE + (back ? TRAVEL - way : way);
  for (int row = 0; row < BOAT_HEIGHT; row++) {
    for (int i = 0; i < BOAT_WIDTH; i++) letter(BOAT_TOP + row, left + i, boat_picture[row][i]);
  }
  int name_at = left + (BOAT_WIDTH - (int)sizeof boat_name + 1) / 2;
  for (int i = 0; boat_name[i] != 0; i++) glyph(BOAT_TOP + 4, name_at + i, (u8)boat_name[i], WHITE);
  // Lights at the ends, smoke behind the funnel, a wake behind the hull.
  glyph(BOAT_TOP + 3, left + 1, DOT, back ? ROSE : LIME);
  glyph(BOAT_TOP + 3, left + BOAT_WIDTH - 2, DOT, back ? LIME : ROSE);
  for (int puff = 0; puff < 4; puff++) {
    int behind = moving ? (puff * 4 + (int)(ms / 150 % 4)) : (int)(hash((u32)puff + ms / 400) % 4) - 1;
    int column = left + BOAT_WIDTH / 2 + (back ? behind : -behind);
    if (puff < (moving ? 3 : 1)) glyph(SCENE_TOP, column, puff == 0 ? 0xb1 : SHADE, LIGHT);
  }
  if (moving) {
    for (int i = 0; i < 4; i++) glyph(BOAT_TOP + 5, back ? left + BOAT_WIDTH + i : left - 1 - i, (ms / 150 + (u32)i) % 2 ? '~' : APPROX, WHITE);
    glyph(BOAT_TOP + 5, back ? left : left + BOAT_WIDTH - 1, APPROX, WHITE);
  }
}

static void draw_title(void) {
  for (int column = 0; column < COLUMNS; column++) screen_set(0, column, ' ', LIGHT << 4 | BLACK);
  screen_text(0, 1, LIGHT << 4 | BLUE, "Ferry");
  screen_text(0, 7, LIGHT << 4 | BLACK, "demonstration guest");
  screen_text(0, 31, LIGHT << 4 | BLACK, "%u CPU%s, %u MiB", cpu_count, cpu_count == 1 ? "" : "s",
              (boot.memory_kib + 512) / 1024);
  if (rtc_present) {
    static struct date date;
    static u32 read_at = 0xffffffff;
    u32 second = rtc_updates != 0 ? rtc_updates : (u32)divide(uptime_us(), 1000000, NULL);
    if (second != read_at) date = rtc_read();
    read_at = second;
    screen_text(0, COLUMNS - 20, LIGHT << 4 | BLACK, "%04u-%02u-%02u %02u:%02u:%02u", date.year, date.month, date.day,
                date.hour, date.minute, date.second);
  }
}

static void label(int row, int column, const char *text) { screen_text(row, column, CYAN, "%s", text); }

static void draw_panel(void) {
  for (int row = PANEL; row < RULE_ROW; row++) {
    for (int column = 0; column < COLUMNS; column++) screen_set(row, column, ' ', LIGHT);
  }
  u32 tenths, s = (u32)divide(divide(uptime_us(), 100000, NULL), 10, &tenths);
  label(PANEL, 1, "up");
  screen_text(PANEL, 13, WHITE, "%02u:%02u:%02u.%u", s / 3600, s / 60 % 60, s % 60, tenths);
  label(PANEL, 27, COUNTER_NAME);
  screen_text(PANEL, 28 + (int)sizeof COUNTER_NAME - 1, WHITE, "%u.%u MHz", counter_khz / 1000, counter_khz % 1000 / 100);
  label(PANEL, 45, "speed");
  screen_text(PANEL, 51, WHITE, "%u MIPS", speed_mips);
  label(PANEL, 64, "idle");
  screen_text(PANEL, 69, WHITE, "%u %%", idle_percent);

  label(PANEL + 1, 1, "interrupts");
  label(PANEL + 2, 1, "so far");
  label(PANEL + 3, 1, "came by");
  for (u32 i = 0; i < sizeof panel_sources / sizeof *panel_sources; i++) {
    int column = 13 + 11 * (int)i;
    screen_text(PANEL + 1, column, LIGHT, "%s", source_name[panel_sources[i]]);
    screen_text(PANEL + 2, column, WHITE, "%u", interrupt_count[panel_sources[i]]);
    screen_text(PANEL + 3, column, CYAN, "%s", route_of(panel_sources[i]));
  }
  machine_panel(PANEL + 4);
  for (int column = 0; column < COLUMNS; column++) screen_set(RULE_ROW, column, RULE, CYAN);
}

void picture_draw(void) {
  u32 ms = (u32)divide(uptime_us(), 1000, NULL);
  draw_title();
  draw_sky(ms);
  draw_water(ms);
  draw_shores(ms);
  draw_gulls(ms);
  draw_boat(ms);
  draw_panel();
}

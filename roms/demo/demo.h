// What the parts of the demonstration guest know of each other.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#include "machine.h"

// library.c: memory, words, numbers, formatted text.
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t length_of(const char *s);
bool same(const char *a, const char *b);
bool begins_with(const char *s, const char *prefix);
// Copies at most size - 1 characters and ends them with a zero.
void copy_text(char *to, const char *from, size_t size);
// Reads decimal or 0x hexadecimal; false unless the whole word is a number of 32 bits.
bool parse_number(const char *s, u32 *value);
u64 divide(u64 n, u32 by, u32 *remainder);
// n * m / by, without overflow as long as the result fits.
u64 scale(u64 n, u32 m, u32 by);
// %c %s %d %u %x %X %llu %llx with width, zero or left alignment; writes at most size - 1 characters.
int format_list(char *to, size_t size, const char *format, va_list list);
int format(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

// boot.c, and the machine's: what the loader handed over.
struct boot {
  const char *way;  // by what protocol
  u32 memory_kib;   // usable memory, as the loader's map says
  char words[512];  // the command line
  bool quiet;
};
extern struct boot boot;
// Copies the next word of a command line, what fits of it, and moves on behind it; false when there is none.
bool boot_next_word(const char **at, char *word, size_t size);
// Looks for the words that are meant for this program.
void boot_read_words(void);

// console.c: text to the serial line and the screen, characters from the serial line and the keyboard.
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Everything printed so far has left the machine.
void console_flush(void);
enum { FROM_SERIAL = 0x100 };
// Characters as they arrive; FROM_SERIAL is set on those of the serial line. -1: nothing.
void input_put(int c);
int input_get(void);
bool input_waiting(void);

// serial.c
extern bool serial_present;
void serial_start(void);
void serial_interrupts(bool on);
void serial_text(const char *s);
void serial_interrupt(void);
void serial_flush(void);

// screen.c: 80 x 25 characters with the attributes of a VGA, and the window of the prompt in its lower part.
enum { COLUMNS = 80, ROWS = 25, WINDOW_TOP = 16 };
void screen_start(void);
void screen_set(int row, int column, u8 glyph, u8 attribute);
u8 screen_attribute(int row, int column);
void screen_text(int row, int column, u8 attribute, const char *format, ...) __attribute__((format(printf, 4, 5)));
void screen_put(char c);
// Gives the display what changed since the last call.
void screen_show(void);
// The machine's display: a cell has a character in its low byte and the attribute above; the cursor is a place.
void display_start(void);
void display_cell(int place, u16 cell);
void display_cursor(int place);

// keyboard.c: scan codes of set 1, US layout.
extern bool keyboard_present;
void keyboard_scan_code(u8 code);

// picture.c, status.c, shell.c, main.c
void run_demo(void);
void picture_draw(void);
extern u32 idle_percent;
extern u32 speed_mips;
void status_serial(void);
void status_erase(void);
void shell_start(void);
void shell_input(int c);
void shell_run(const char *line);
bool shell_line_empty(void);
void shell_prompt(void);
extern bool serial_typed;

// bench.c
void bench(const char *part, u32 millions);
u32 bench_speed_sample(void);
// kernels.c
struct kernel {
  const char *name;
  u32 (*run)(void);
  u32 rounds;
};
extern const struct kernel kernels[];
extern const u32 kernel_count;

// selftest.c: PASS, FAIL or SKIP for each part; a part reports what differs through check().
struct selftest_part {
  const char *name;
  void (*run)(void);
};
void selftest(void);
extern u32 selftest_failures;
bool check(const char *what, u32 got, u32 wanted);
void test_memory(void);
extern u8 arena[256 * 1024];  // scratch memory of tests and benchmarks

// What each machine has of its own, in its folder.

// A counter that runs evenly: counter() reads it.
enum { TICKS_PER_SECOND = 100 };
extern u32 counter_khz;
extern volatile u32 ticks;
// From now on so many ticks in a second, at least 19. False where there is no timer for them.
bool tick_rate(u32 rate);
u64 uptime_us(void);
u64 counter_to_us(u64 cycles);
void delay_us(u32 us);
struct date {
  u32 year;
  u8 month, day, hour, minute, second;
};
extern bool rtc_present;
extern volatile u32 rtc_updates;
struct date rtc_read(void);
// Interrupts by their source, and how the last of each came in.
extern volatile u32 interrupt_count[SOURCES];
extern const char *const source_name[SOURCES];
const char *route_of(enum source source);
// The sources that the picture shows, six of them.
extern const enum source panel_sources[6];
extern u32 cpu_count;
// One line of greeting; what else the bottom row of the panel and the status line tell.
void machine_greet(void);
void machine_panel(int row);
int machine_status(char *to, size_t size);
// Once a round of the main loop, and once a second.
void machine_poll(void);
void machine_second(void);
// Waits for an interrupt, unless nothing could interrupt; interrupts are off before and on after.
void machine_wait(void);
struct command {
  const char *name, *help;  // a line of help, or NULL where another's line speaks of it
  void (*run)(u32 count, char **word);
};
extern const struct command machine_commands[];
extern const u32 machine_command_count;
extern const struct selftest_part selftest_parts[];
extern const u32 selftest_part_count;
void power_off(void);
void reboot(void);

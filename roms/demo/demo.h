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

// Ports, memory-mapped registers, the processor.
static inline u8 in8(u16 port) {
  u8 v;
  __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
  return v;
}
static inline u16 in16(u16 port) {
  u16 v;
  __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
  return v;
}
static inline void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out32(u16 port, u32 v) { __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
static inline u64 tsc(void) {
  u64 v;
  __asm__ volatile("rdtsc" : "=A"(v));
  return v;
}
static inline void interrupts_on(void) { __asm__ volatile("sti" : : : "memory"); }
static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void halt(void) { __asm__ volatile("hlt" : : : "memory"); }
static inline void relax(void) { __asm__ volatile("pause" : : : "memory"); }
// Disables interrupts and says whether they were enabled; restore() undoes it.
static inline u32 save_interrupts(void) {
  u32 flags;
  __asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
  return flags;
}
static inline void restore_interrupts(u32 flags) { __asm__ volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc"); }

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

// boot.c: what the loader handed over.
struct boot {
  const char *way;  // "multiboot" or "PVH"
  u32 memory_kib;   // usable memory, as the loader's map says
  u32 rsdp;         // from PVH, else 0
  char words[512];  // the command line
  bool quiet;
  u32 exit_port;    // 0: none
};
extern struct boot boot;
void boot_read(u32 magic, u32 information);

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

// screen.c: 80 x 25 characters at 0xb8000, and the window of the prompt in its lower part.
enum { COLUMNS = 80, ROWS = 25, WINDOW_TOP = 16 };
void screen_start(void);
void screen_set(int row, int column, u8 glyph, u8 attribute);
u8 screen_attribute(int row, int column);
void screen_text(int row, int column, u8 attribute, const char *format, ...) __attribute__((format(printf, 4, 5)));
void screen_put(char c);
// Writes what changed since the last call to the screen.
void screen_show(void);

// keyboard.c
extern bool keyboard_present;
void keyboard_start(void);
void keyboard_interrupt(void);
// The i8042's pulse on the processor's reset line.
void keyboard_reset_pulse(void);

// time.c: the 8254, the time-stamp counter measured against it, delays.
enum { TICKS_PER_SECOND = 100 };
extern bool pit_present;
extern u32 tsc_khz;
extern bool tsc_measured;
extern volatile u32 ticks;
void time_start(void);
void time_tick(void);
u64 uptime_us(void);
u64 tsc_to_us(u64 cycles);
void delay_us(u32 us);
u16 pit_counter(void);
// A counter and the time-stamp counter at one moment: of a few readings the one that was least disturbed.
struct moment {
  u64 tsc;
  u32 count;
};
struct moment moment(u32 (*count)(void));

// rtc.c
struct date {
  u32 year;
  u8 month, day, hour, minute, second;
};
extern bool rtc_present;
extern volatile u32 rtc_updates;
void rtc_start(void);
void rtc_interrupt(void);
struct date rtc_read(void);

// pic.c
extern bool pic_present;
void pic_start(void);
void pic_enable(u32 line, bool on);
void pic_end(u32 line);
bool pic_in_service(u32 line);

// apic.c: local APIC and IOAPIC.
enum { APIC_TICKS_PER_SECOND = 50 };
extern bool apic_present, ioapic_present;
extern u32 apic_timer_khz;
void apic_start(void);
void apic_start_this_cpu(void);
u32 apic_id(void);
void apic_end(void);
void apic_external(bool on);  // the PIC's output through LINT0
void apic_timer_periodic(void);
void apic_timer_once(u32 us);
void apic_send(u32 destination, u32 command);
void ioapic_enable(u32 line, u8 vector, bool on);

// acpi.c and mptable.c: what ACPI, or else the MP table, says of the machine.
enum { MAX_CPUS = 8, MAX_IOAPICS = 4 };
struct address {  // ACPI's generic address: space 0 memory, 1 ports
  u8 space, width;
  u32 at;
};
struct machine {
  const char *source;  // "ACPI", "MP table" or "none"
  u32 cpus;
  u8 cpu_apic[MAX_CPUS];
  u32 apic_base;
  u32 ioapics;
  u32 ioapic_base[MAX_IOAPICS];
  u32 ioapic_gsi[MAX_IOAPICS];
  struct {
    u32 gsi;
    bool low, level;
  } line[16];
  bool acpi, reduced;  // hardware-reduced ACPI
  struct address sleep_control, reset, pm1a, pm1b;
  bool reset_supported;
  u8 reset_value, s5_type_a, s5_type_b;
  u32 smi_port;
  u8 acpi_enable;
};
extern struct machine machine;
void tables_read(void);
bool mp_read(void);
u8 sum_bytes(const void *p, u32 n);

// interrupts.c: vectors, the routes of the device lines, counters.
struct frame {
  u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
  u32 vector, error, eip, cs, eflags;
};
enum source { SOURCE_TIMER, SOURCE_KEYBOARD, SOURCE_SERIAL, SOURCE_CLOCK, SOURCE_APIC_TIMER, SOURCE_IPI, SOURCE_SPURIOUS, SOURCES };
enum route { ROUTE_NONE, ROUTE_PIC, ROUTE_MIXED, ROUTE_IOAPIC };
enum { VECTOR_PIC = 0x20, VECTOR_IOAPIC = 0x30, VECTOR_APIC_TIMER = 0x40, VECTOR_PING = 0x41, VECTOR_PONG = 0x42 };
extern volatile u32 interrupt_count[SOURCES];
extern const char *const source_name[SOURCES];
extern enum route route;
void interrupts_start(void);
void interrupts_load(void);
void interrupts_choose(void);
// False, with the route unchanged, when the machine lacks the chips or its timer does not come through.
bool interrupts_route(enum route wanted);
const char *route_of(enum source source);
const char *route_name(enum route route);
void regs_capture(struct frame *frame);
void print_frame(const struct frame *frame);
// While set, an exception continues at `resume` instead of ending the program.
struct expected_fault {
  bool armed;
  u32 resume, vector, error, address;
};
extern struct expected_fault expected_fault;

// smp.c
struct cpu {
  volatile u32 started, timer_ticks, pings, pongs;
  volatile u32 primes, last_prime;
  u8 apic;
  void (*volatile job)(void);
};
extern struct cpu cpu[MAX_CPUS];
extern u32 cpu_count;
u32 this_cpu(void);
void smp_start(void);
void smp_ping(u32 other);
void smp_run(u32 other, void (*job)(void));

// cpuid.c
struct cpuid {
  u32 eax, ebx, ecx, edx;
};
struct cpuid cpuid(u32 leaf);
bool cpu_good_enough(void);
bool cpu_has_apic(void);
bool cpu_has_fpu(void);
bool cpu_has_cmov(void);
void print_cpu(void);

// picture.c, status.c, shell.c, main.c
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

// selftest.c and its parts: each returns the number of checks, and reports what differs through check().
void selftest(void);
extern u32 selftest_failures;
bool check(const char *what, u32 got, u32 wanted);
void test_arithmetic(void);
void test_strings(void);
void test_memory(void);
void test_paging(void);
void test_fpu(void);
void test_timers(void);
void test_clock(void);
void test_interrupts(void);
void test_cpus(void);
extern u8 arena[256 * 1024];  // scratch memory of tests and benchmarks

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

// power.c
void power_off(void);
void reboot(void);
void triple_fault(u16 limit);

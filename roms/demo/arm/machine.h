// The Integrator/CP: registers, the processor, and what its files know of each other.
#pragma once

enum {
  CORE_MODULE = 0x10000000,
  TIMERS = 0x13000000,
  PIC = 0x14000000,
  CLOCK = 0x15000000,
  UART = 0x16000000,
  KEYBOARD = 0x18000000,
  LEDS = 0x1a000000,
};
#define LCD 0xc0000000u

static inline u32 read32(u32 at) { return *(volatile u32 *)at; }
static inline void write32(u32 at, u32 value) { *(volatile u32 *)at = value; }

static inline u32 status(void) {
  u32 v;
  __asm__ volatile("mrs %0, cpsr" : "=r"(v));
  return v;
}
static inline void set_status(u32 v) { __asm__ volatile("msr cpsr_c, %0" : : "r"(v) : "memory"); }
static inline void interrupts_on(void) { set_status(status() & ~0xc0u); }
static inline void interrupts_off(void) { set_status(status() | 0xc0); }
static inline void relax(void) { __asm__ volatile("" : : : "memory"); }
static inline u32 save_interrupts(void) {
  u32 v = status();
  set_status(v | 0xc0);
  return v;
}
static inline void restore_interrupts(u32 v) { set_status(v); }

#define COUNTER_NAME "clock"

// time.c: the core module's counter, timer 1 for ticks, timer 2 for fast interrupts.
u64 counter(void);
enum { FAST_PER_SECOND = 50 };
void time_start(void);
void time_interrupt(void);
void fast_timer_interrupt(void);
u32 timer_value(void);

// boot.c: tagged list or device tree.
void boot_read(u32 machine_number, u32 parameters);

// mmu.c: sections one to one; `mmu_window` is an address where a test may map what it likes.
void mmu_start(void);
#define MMU_WINDOW 0xe0000000u
void mmu_map(u32 at, u32 descriptor);
void mmu_flush(void);

// serial.c, keyboard.c, rtc.c, display.c
void serial_interrupt(void);
void keyboard_start(void);
void keyboard_interrupt(void);
void rtc_start(void);
void rtc_interrupt(void);
void display_interrupt(void);
void display_interrupts(void);

// interrupts.c
struct frame {
  u32 vector, cpsr, r[15], pc;
};
enum { LINE_UART = 1, LINE_KEYBOARD = 3, LINE_TIMER1 = 6, LINE_TIMER2 = 7, LINE_CLOCK = 8, LINE_LCD = 22 };
enum source { SOURCE_TIMER, SOURCE_FAST, SOURCE_FRAME, SOURCE_CLOCK, SOURCE_SERIAL, SOURCE_KEYBOARD, SOURCE_SPURIOUS, SOURCES };
void interrupts_start(void);
void regs_capture(struct frame *frame);
void print_frame(const struct frame *frame);
// While set, an exception continues at `resume` instead of ending the program.
struct expected_fault {
  bool armed;
  u32 resume, vector, status, address;
};
extern volatile struct expected_fault expected_fault;

// selftest_*.c
void test_arithmetic(void);
void test_thumb(void);
void test_mmu(void);
void test_vfp(void);
void test_interrupts(void);
void test_timers(void);
void test_clock(void);

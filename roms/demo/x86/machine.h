// The PC: ports, the processor, and what its files know of each other.
#pragma once

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
static inline u64 counter(void) {
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

#define COUNTER_NAME "TSC"

// boot.c
extern u32 boot_rsdp;  // from PVH, else 0
extern u32 boot_exit_port;  // 0: none
void boot_read(u32 magic, u32 information);

// serial.c
void serial_interrupt(void);

// keyboard.c
void keyboard_start(void);
void keyboard_interrupt(void);
// The i8042's pulse on the processor's reset line.
void keyboard_reset_pulse(void);

// time.c: the 8254, the time-stamp counter measured against it, delays.
extern bool pit_present;
extern bool counter_measured;
void time_start(void);
void time_tick(void);
u16 pit_counter(void);
// A counter and the time-stamp counter at one moment: of a few readings the one that was least disturbed.
struct moment {
  u64 counter;
  u32 count;
};
struct moment moment(u32 (*count)(void));

// rtc.c
void rtc_start(void);
void rtc_interrupt(void);

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
extern enum route route;
void interrupts_start(void);
void interrupts_load(void);
void interrupts_choose(void);
// False, with the route unchanged, when the machine lacks the chips or its timer does not come through.
bool interrupts_route(enum route wanted);
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

// selftest_*.c
void test_arithmetic(void);
void test_strings(void);
void test_paging(void);
void test_fpu(void);
void test_timers(void);
void test_clock(void);
void test_interrupts(void);
void test_cpus(void);

// power.c
void triple_fault(u16 limit);

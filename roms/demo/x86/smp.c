// The other processors: each counts its timer's ticks and looks for prime numbers, a few at every tick.
#include "demo.h"

enum { TRAMPOLINE = 0x8000, INIT = 0x4500, STARTUP = 0x4600, STACK = 4096 };

struct cpu cpu[MAX_CPUS];
u32 cpu_count = 1;

extern u8 trampoline[], trampoline_end[], trampoline_gdt[];
extern u32 trampoline_stack;
extern const u8 gdt_pointer[6];
static u8 stacks[MAX_CPUS][STACK] __attribute__((aligned(16)));
static u8 index_of_apic[256];

u32 this_cpu(void) { return apic_present ? index_of_apic[apic_id()] : 0; }

static bool is_prime(u32 n) {
  for (u32 d = 3; d <= n / d; d += 2) {
    if (n % d == 0) return false;
  }
  return true;
}

static void look_for_primes(struct cpu *me, u32 *candidate) {
  for (u32 i = 0; i < 16; i++, *candidate += 2) {
    if (!is_prime(*candidate)) continue;
    me->primes++;
    me->last_prime = *candidate;
  }
  if (*candidate < 16000000) return;
  *candidate = 3;
  me->primes = 1;
}

void smp_other_main(void);
void smp_other_main(void) {
  interrupts_load();
  apic_start_this_cpu();
  struct cpu *me = &cpu[this_cpu()];
  me->primes = 1;  // 2
  me->last_prime = 2;
  apic_timer_periodic();
  me->started = 1;
  u32 candidate = 3, seen = 0;
  for (;;) {
    if (me->job) {
      me->job();
      me->job = NULL;
    }
    if (seen != me->timer_ticks) {
      seen = me->timer_ticks;
      look_for_primes(me, &candidate);
    }
    interrupts_off();
    if (me->job == NULL && seen == me->timer_ticks) __asm__ volatile("sti; hlt" : : : "memory");
    else interrupts_on();
  }
}

static bool start_one(u32 i) {
  trampoline_stack = (u32)stacks[i] + STACK;
  for (u32 attempt = 0; attempt < 2; attempt++) {
    apic_send(cpu[i].apic, STARTUP | TRAMPOLINE >> 12);
    for (u32 waited = 0; waited < (attempt == 0 ? 2000u : 200000u) && !cpu[i].started; waited += 100) delay_us(100);
    if (cpu[i].started) return true;
  }
  return false;
}

void smp_start(void) {
  cpu[0].started = 1;
  if (!apic_present) return;
  cpu[0].apic = (u8)apic_id();
  memcpy((void *)TRAMPOLINE, trampoline, (size_t)(trampoline_end - trampoline));
  memcpy((void *)(TRAMPOLINE + (trampoline_gdt - trampoline)), gdt_pointer, sizeof gdt_pointer);
  u8 others[MAX_CPUS];
  u32 count = 0;
  for (u32 i = 0; i < machine.cpus && count < MAX_CPUS - 1; i++) {
    if (machine.cpu_apic[i] != cpu[0].apic) others[count++] = machine.cpu_apic[i];
  }
  if (count == 0) return;
  for (u32 i = 0; i < count; i++) apic_send(others[i], INIT);
  delay_us(10000);
  for (u32 i = 0; i < count; i++) {
    cpu[cpu_count].apic = others[i];
    index_of_apic[others[i]] = (u8)cpu_count;
    if (start_one(cpu_count)) cpu_count++;
  }
}

void smp_ping(u32 other) { apic_send(cpu[other].apic, VECTOR_PING); }

void smp_run(u32 other, void (*job)(void)) {
  cpu[other].job = job;
  smp_ping(other);
}

// Executes single instructions and reports what they did. Standard input holds cases, standard output gets results,
// both as `struct state`. The registers are loaded by returning from a signal handler and read back in the next signal,
// that of the undefined instruction which follows.
//
//   arm-linux-gnueabi-gcc -O2 -static -marm -o runner runner.c && qemu-arm -cpu arm926 runner
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x100000u
#define PAGE 0x1000u
#define WINDOW 0x200800u
#define ARM_UNDEFINED 0xe7f000f0u
#define THUMB_UNDEFINED 0xdededede

struct state {
  unsigned char code[8];
  unsigned r[16];  // r15 with bit 0 for Thumb
  unsigned cpsr;
  unsigned signal;
  unsigned char memory[128];
};

static struct state input, output;
static int started;

static int transfer(int isWrite, void *data, size_t size) {
  char *next = data;
  while (size) {
    ssize_t done = isWrite ? write(1, next, size) : read(0, next, size);
    if (done <= 0) return 0;
    next += done;
    size -= done;
  }
  return 1;
}

static void fill(unsigned *page, unsigned word) {
  for (unsigned i = 0; i < PAGE / 4; i++) page[i] = word;
}

static void handler(int signal, siginfo_t *info, void *context) {
  mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
  unsigned long *registers = &m->arm_r0;
  if (started) {
    output = input;
    for (int i = 0; i < 16; i++) output.r[i] = registers[i];
    if (m->arm_cpsr & 0x20) output.r[15] |= 1;
    output.cpsr = m->arm_cpsr;
    output.signal = signal;
    memcpy(output.memory, (void *)WINDOW, sizeof output.memory);
    if (!transfer(1, &output, sizeof output)) _exit(3);
  }
  started = 1;
  if (!transfer(0, &input, sizeof input)) _exit(0);
  int thumb = input.r[15] & 1;
  // What comes after the instruction is undefined in its state, the next page in the other one.
  fill((unsigned *)CODE, thumb ? THUMB_UNDEFINED : ARM_UNDEFINED);
  fill((unsigned *)(CODE + PAGE), thumb ? ARM_UNDEFINED : THUMB_UNDEFINED);
  int size = thumb ? (input.code[4] ? 4 : 2) : 4;
  memcpy((void *)(input.r[15] & ~1u), input.code, size);
  memcpy((void *)WINDOW, input.memory, sizeof input.memory);
  __builtin___clear_cache((void *)CODE, (void *)(CODE + 2 * PAGE));
  for (int i = 0; i < 15; i++) registers[i] = input.r[i];
  m->arm_pc = input.r[15] & ~1u;
  m->arm_cpsr = input.cpsr | 0x10 | (thumb ? 0x20 : 0);
}

static unsigned char stack[65536] __attribute__((aligned(16)));

int main(void) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (mmap((void *)CODE, 2 * PAGE, 7, flags, -1, 0) != (void *)CODE) return 4;
  if (mmap((void *)(WINDOW & ~(PAGE - 1)), PAGE, 3, flags, -1, 0) == MAP_FAILED) return 5;
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, 0);
  __asm__ volatile(".word 0xe7f000f0");
  return 6;
}

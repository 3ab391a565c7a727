// Executes single instructions on the host's processor in 32-bit mode and reports what they did.
//
// Standard input holds cases, standard output gets results, both as `struct state`. The registers are loaded by
// returning from a signal handler and read back in the next signal, that of the INT3 (or fault) which follows.
//
//   clang -m32 -O2 -nostdlib -static -ffreestanding -fno-stack-protector -mno-sse -fuse-ld=lld -o runner runner.c
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define CODE 0x100800u
#define PAGE 0x1000u
#define WINDOW 0x200800u

struct state {
  u8 code[16];
  u32 gpr[8];  // EAX ECX EDX EBX ESP EBP ESI EDI
  u32 eflags, eip, trap;
  u8 memory[64];
};

struct context {  // struct sigcontext of i386
  u32 gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, esp_at_signal, ss;
  void *fpstate;
  u32 oldmask, cr2;
};

struct ucontext {
  u32 flags;
  struct ucontext *link;
  void *stack;
  u32 stack_flags, stack_size;
  struct context registers;
};

static u32 call(u32 number, u32 b, u32 c, u32 d, u32 esi, u32 edi) {
  u32 result;
  __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(b), "c"(c), "d"(d), "S"(esi), "D"(edi) : "memory");
  return result;
}

static void leave(u32 status) {
  call(1, status, 0, 0, 0, 0);
  __builtin_unreachable();
}

static int transfer(u32 number, u32 file, void *data, u32 size) {
  u8 *next = data;
  while (size) {
    u32 done = call(number, file, (u32)next, size, 0, 0);
    if (done == 0 && next == (u8 *)data) return 0;
    if ((int)done <= 0) leave(2);
    next += done;
    size -= done;
  }
  return 1;
}

#define BATCH 256
static struct state input[BATCH], output[BATCH];
static u32 count, current, started;

static void copy(void *to, const void *from, u32 size) {
  for (u32 i = 0; i < size; i++) ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
}

/// Reads the next batch: a count, then as many cases. Ends the program where there is none.
static void next_batch(void) {
  if (!transfer(3, 0, &count, 4)) leave(0);
  if (count == 0 || count > BATCH || !transfer(3, 0, input, count * sizeof(struct state))) leave(3);
  current = 0;
}

static void handler(int signal, void *info, struct ucontext *frame) {
  struct context *r = &frame->registers;
  if (started) {
    struct state *out = &output[current];
    copy(out->code, input[current].code, 16);
    u32 gpr[8] = {r->eax, r->ecx, r->edx, r->ebx, r->esp, r->ebp, r->esi, r->edi};
    copy(out->gpr, gpr, 32);
    out->eflags = r->eflags;
    out->eip = r->eip;
    out->trap = r->trapno;
    copy(out->memory, (void *)WINDOW, 64);
    current++;
    if (current == count) {
      transfer(4, 1, output, count * sizeof(struct state));
      next_batch();
    }
  } else {
    next_batch();
    started = 1;
  }
  struct state *in = &input[current];
  // INT3 all around, so that a branch ends where it goes.
  for (u32 i = 0; i < PAGE; i += 4) *(volatile u32 *)((CODE & ~(PAGE - 1)) + i) = 0xcccccccc;
  copy((void *)CODE, in->code, 16);
  for (u32 i = 0; i < PAGE; i += 4) *(volatile u32 *)((WINDOW & ~(PAGE - 1)) + i) = 0;
  copy((void *)WINDOW, in->memory, 64);
  r->eax = in->gpr[0];
  r->ecx = in->gpr[1];
  r->edx = in->gpr[2];
  r->ebx = in->gpr[3];
  r->esp = in->gpr[4];
  r->ebp = in->gpr[5];
  r->esi = in->gpr[6];
  r->edi = in->gpr[7];
  r->eflags = in->eflags;
  r->eip = CODE;
}

static void restore(void) { __asm__ volatile("int $0x80" ::"a"(173)); }

static u8 stack[65536] __attribute__((aligned(16)));

void _start(void) {
  struct { u32 address, length, protection, flags, file, offset; } map = {CODE & ~(PAGE - 1), PAGE, 7, 0x32, ~0u, 0};
  if (call(90, (u32)&map, 0, 0, 0, 0) != map.address) leave(4);
  map.address = WINDOW & ~(PAGE - 1);
  if (call(90, (u32)&map, 0, 0, 0, 0) != map.address) leave(5);
  struct { void *base; u32 flags, size; } alternate = {stack, 0, sizeof stack};
  call(186, (u32)&alternate, 0, 0, 0, 0);
  // SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_NODEFER
  struct { void *handler; u32 flags; void *restorer; u32 mask[2]; } action = {handler, 0x4c000004, restore, {0, 0}};
  int signals[] = {4, 5, 7, 8, 11};
  for (u32 i = 0; i < 5; i++) call(174, signals[i], (u32)&action, 0, 8, 0);
  __asm__ volatile("ud2");
  leave(6);
}

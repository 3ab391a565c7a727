// What the loader handed over: multiboot 1 information or a PVH start structure.
#include "demo.h"

u32 boot_rsdp, boot_exit_port;

enum { MULTIBOOT_MAGIC = 0x2BADB002, PVH_MAGIC = 0x336ec578 };

struct multiboot {
  u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};
struct multiboot_range {
  u32 size;
  u64 base, length;
  u32 type;
} __attribute__((packed));

struct pvh {
  u32 magic, version, flags, nr_modules;
  u64 modlist, cmdline, rsdp, memmap;
  u32 memmap_entries, reserved;
};
struct pvh_range {
  u64 base, length;
  u32 type, reserved;
};

static void read_exit_port(void) {
  char word[32];
  for (const char *p = boot.words; boot_next_word(&p, word, sizeof word);) {
    if (!begins_with(word, "exit=")) continue;
    if (!parse_number(word + 5, &boot_exit_port) || boot_exit_port > 0xffff) boot_exit_port = 0;
  }
}

void boot_read(u32 magic, u32 information) {
  boot.way = "an unknown loader";
  const struct pvh *pvh = (const struct pvh *)information;
  if (magic == MULTIBOOT_MAGIC) {
    const struct multiboot *m = (const struct multiboot *)information;
    boot.way = "multiboot";
    if (m->flags & 4) copy_text(boot.words, (const char *)m->cmdline, sizeof boot.words);
    if (m->flags & 64) {
      for (u32 at = m->mmap_addr; at < m->mmap_addr + m->mmap_length;) {
        const struct multiboot_range *range = (const struct multiboot_range *)at;
        if (range->type == 1) boot.memory_kib += (u32)(range->length >> 10);
        at += range->size + 4;
      }
    } else if (m->flags & 1) {
      boot.memory_kib = m->mem_lower + m->mem_upper;
    }
  } else if (information != 0 && pvh->magic == PVH_MAGIC) {
    boot.way = "PVH";
    if (pvh->cmdline != 0) copy_text(boot.words, (const char *)(u32)pvh->cmdline, sizeof boot.words);
    boot_rsdp = (u32)pvh->rsdp;
    if (pvh->version >= 1) {
      const struct pvh_range *range = (const struct pvh_range *)(u32)pvh->memmap;
      for (u32 i = 0; i < pvh->memmap_entries; i++) {
        if (range[i].type == 1) boot.memory_kib += (u32)(range[i].length >> 10);
      }
    }
  }
  boot_read_words();
  read_exit_port();
}

// What the loader handed over: a tagged list, or a flattened device tree.
#include "demo.h"

enum { TAG_CORE = 0x54410001, TAG_MEMORY = 0x54410002, TAG_COMMAND_LINE = 0x54410009 };
#define TREE_MAGIC 0xd00dfeed

static void read_tags(const u32 *tag) {
  boot.way = "a tagged list";
  for (; tag[0] >= 2 && tag[1] != 0; tag += tag[0]) {
    if (tag[1] == TAG_MEMORY) boot.memory_kib += tag[2] >> 10;
    if (tag[1] == TAG_COMMAND_LINE) copy_text(boot.words, (const char *)(tag + 2), sizeof boot.words);
  }
}

static u32 big(const u32 *at) { return __builtin_bswap32(*at); }

// The tree's structure is a list of words: nodes begin and end, properties have a length and a name.
static void read_tree(const u8 *tree) {
  enum { BEGIN = 1, END = 2, PROPERTY = 3, NOP = 4 };
  const u32 *header = (const u32 *)tree;
  const u32 *at = (const u32 *)(tree + big(header + 2));
  const char *names = (const char *)tree + big(header + 3);
  char node[32] = "";
  u32 depth = 0;
  boot.way = "a device tree";
  for (;;) {
    u32 word = big(at++);
    if (word == BEGIN) {
      const char *name = (const char *)at;
      depth++;
      if (depth == 2) copy_text(node, name, sizeof node);
      at += length_of(name) / 4 + 1;
    } else if (word == END) {
      if (--depth == 0) return;
    } else if (word == PROPERTY) {
      u32 length = big(at);
      const char *name = names + big(at + 1);
      const u32 *value = at + 2;
      at += 2 + (length + 3) / 4;
      if (depth != 2) continue;
      if (same(node, "chosen") && same(name, "bootargs")) copy_text(boot.words, (const char *)value, sizeof boot.words);
      // One cell each of address and size on this board.
      if (begins_with(node, "memory") && same(name, "reg")) {
        for (u32 i = 0; i + 8 <= length; i += 8) boot.memory_kib += big(value + i / 4 + 1) >> 10;
      }
    } else if (word != NOP) {
      return;
    }
  }
}

void boot_read(u32 machine_number, u32 parameters) {
  (void)machine_number;
  boot.way = "nothing";
  const u32 *at = (const u32 *)parameters;
  if (parameters != 0 && parameters % 4 == 0) {
    if (big(at) == TREE_MAGIC) read_tree((const u8 *)at);
    else if (at[1] == TAG_CORE) read_tags(at);
  }
  boot_read_words();
}

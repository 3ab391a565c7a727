// The words of the command line that are for this program.
#include "demo.h"

struct boot boot;

bool boot_next_word(const char **at, char *word, size_t size) {
  const char *p = *at;
  size_t n = 0;
  while (*p == ' ') p++;
  for (; *p != 0 && *p != ' '; p++) {
    if (n + 1 < size) word[n++] = *p;
  }
  word[n] = 0;
  *at = p;
  return n != 0;
}

void boot_read_words(void) {
  char word[32];
  for (const char *p = boot.words; boot_next_word(&p, word, sizeof word);) {
    if (same(word, "quiet")) boot.quiet = true;
  }
}

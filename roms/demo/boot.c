// The words of the command line that are for this program.
#include "demo.h"

struct boot boot;

void boot_read_words(void) {
  char word[32];
  for (const char *p = boot.words; *p != 0;) {
    size_t n = 0;
    while (*p == ' ') p++;
    while (*p != 0 && *p != ' ') {
      if (n + 1 < sizeof word) word[n++] = *p;
      p++;
    }
    word[n] = 0;
    if (same(word, "quiet")) boot.quiet = true;
  }
}

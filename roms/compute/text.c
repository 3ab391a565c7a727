// Words in a text: copied, compared, searched, counted in a hash table.
#include "compute.h"

const u32 rounds = 500;

enum { N = 64 * 1024, BUCKETS = 2048, WORDS = 8192 };
static char text[N + 1], copy[N + 1];
static struct word {
  const char *text;
  u32 count;
  struct word *next;
} words[WORDS], *buckets[BUCKETS];

static int compare(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

static const char *find(const char *in, const char *what) {
  for (; *in != 0; in++) {
    u32 i = 0;
    while (what[i] != 0 && in[i] == what[i]) i++;
    if (what[i] == 0) return in;
  }
  return NULL;
}

u32 run(void) {
  for (u32 i = 0; i < N; i++) {
    u32 number = next_number();
    text[i] = number % 7 == 0 ? ' ' : (char)('a' + (number >> 8) % 5);
  }
  u32 used = 0, most = 0, found = 0;
  for (const char *at = text; (at = find(at, "abcd")) != NULL; at++) found++;
  memcpy(copy, text, N + 1);
  memset(buckets, 0, sizeof buckets);
  for (u32 i = 0; i < N; i++)
    if (copy[i] == ' ') copy[i] = 0;
  for (const char *at = copy; at < copy + N; at += length_of(at) + 1) {
    if (*at == 0) continue;
    u32 hash = 2166136261u;
    for (const char *c = at; *c != 0; c++) hash = (hash ^ (u8)*c) * 16777619;
    struct word **bucket = &buckets[hash % BUCKETS], *word = *bucket;
    while (word && compare(word->text, at) != 0) word = word->next;
    if (!word && used < WORDS) {
      word = &words[used++];
      *word = (struct word){at, 0, *bucket};
      *bucket = word;
    }
    if (word && ++word->count > most) most = word->count;
  }
  return mixed(mixed(found, used), most);
}

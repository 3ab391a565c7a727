// Small compiled programs for the benchmark. Each works on the arena and gives a checksum.
#include "demo.h"

static u32 *const words = (u32 *)arena;

static void sift(u32 *heap, u32 root, u32 n) {
  for (u32 child = 2 * root + 1; child < n; child = 2 * root + 1) {
    if (child + 1 < n && heap[child] < heap[child + 1]) child++;
    if (heap[root] >= heap[child]) return;
    u32 t = heap[root];
    heap[root] = heap[child];
    heap[child] = t;
    root = child;
  }
}

static u32 sort(void) {
  enum { N = 32768 };
  for (u32 i = N / 2; i-- > 0;) sift(words, i, N);
  for (u32 n = N - 1; n > 0; n--) {
    u32 t = words[0];
    words[0] = words[n];
    words[n] = t;
    sift(words, 0, n);
  }
  u32 sum = 0;
  for (u32 i = 0; i < N; i++) sum = sum * 3 + words[i];
  return sum;
}

static u32 crc32(void) {
  enum { N = 128 * 1024 };
  u32 *table = (u32 *)(arena + N);
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (u32 bit = 0; bit < 8; bit++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    table[i] = c;
  }
  u32 crc = 0xffffffff;
  for (u32 i = 0; i < N; i++) crc = crc >> 8 ^ table[(crc ^ arena[i]) & 0xff];
  return ~crc;
}

static u32 sieve(void) {
  enum { N = 200000 };
  memset(arena, 1, N);
  u32 count = 0;
  for (u32 i = 2; i < N; i++) {
    if (!arena[i]) continue;
    count++;
    for (u32 j = i + i; j < N; j += i) arena[j] = 0;
  }
  return count;
}

static u32 matrix(void) {
  enum { N = 64 };
  u32 *a = words, *b = words + N * N, *c = words + 2 * N * N, sum = 0;
  for (u32 i = 0; i < N; i++) {
    for (u32 j = 0; j < N; j++) {
      u32 s = 0;
      for (u32 k = 0; k < N; k++) s += a[i * N + k] * b[k * N + j];
      c[i * N + j] = s;
      sum = sum * 5 + s;
    }
  }
  return sum;
}

static u32 text(void) {
  enum { N = 64 * 1024, BUCKETS = 4096 };
  u32 *buckets = (u32 *)(arena + 2 * N), used = 0, hash = 2166136261u;
  for (u32 i = 0; i < N; i++) arena[i] = arena[i] % 11 == 0 ? ' ' : (u8)('a' + arena[i] % 26);
  memset(buckets, 0, BUCKETS * 4);
  for (u32 i = 0; i < N; i++) {
    if (arena[i] != ' ') {
      hash = (hash ^ arena[i]) * 16777619;
      continue;
    }
    if (buckets[hash % BUCKETS]++ == 0) used++;
    hash = 2166136261u;
  }
  u32 longest = 0;
  for (u32 i = 0; i < BUCKETS; i++) longest = buckets[i] > longest ? buckets[i] : longest;
  return used << 16 | longest;
}

const struct kernel kernels[] = {
    {"sort", sort, 4}, {"crc32", crc32, 20}, {"sieve", sieve, 6}, {"matrix", matrix, 10}, {"text", text, 20},
};
const u32 kernel_count = sizeof kernels / sizeof *kernels;

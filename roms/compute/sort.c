// Sorting by comparisons that a caller gives, and in place.
#include "compute.h"

const u32 rounds = 50;

enum { N = 20000 };
static u32 words[N], copy[N];

static int ascending(const u32 *a, const u32 *b) { return *a < *b ? -1 : *a > *b; }
static int by_low_bits(const u32 *a, const u32 *b) {
  u32 x = *a & 0xffff, y = *b & 0xffff;
  return x != y ? (x < y ? -1 : 1) : ascending(a, b);
}

static void quick(u32 *from, u32 n, int (*compare)(const u32 *, const u32 *)) {
  while (n > 12) {
    u32 pivot = from[n / 2], i = 0, j = n - 1;
    for (;;) {
      while (compare(&from[i], &pivot) < 0) i++;
      while (compare(&from[j], &pivot) > 0) j--;
      if (i >= j) break;
      u32 word = from[i];
      from[i++] = from[j];
      from[j--] = word;
    }
    u32 left = j + 1;
    quick(from, left, compare);
    from += left;
    n -= left;
  }
  for (u32 i = 1; i < n; i++) {
    u32 word = from[i], j = i;
    for (; j > 0 && compare(&from[j - 1], &word) > 0; j--) from[j] = from[j - 1];
    from[j] = word;
  }
}

static void sift(u32 *heap, u32 root, u32 n) {
  for (u32 child = 2 * root + 1; child < n; child = 2 * root + 1) {
    if (child + 1 < n && heap[child] < heap[child + 1]) child++;
    if (heap[root] >= heap[child]) return;
    u32 word = heap[root];
    heap[root] = heap[child];
    heap[child] = word;
    root = child;
  }
}

static u32 sum_of(const u32 *from) {
  u32 sum = 0;
  for (u32 i = 0; i < N; i++) sum = sum * 3 + from[i];
  return sum;
}

u32 run(void) {
  for (u32 i = 0; i < N; i++) copy[i] = words[i] = next_number();
  quick(words, N, by_low_bits);
  u32 sum = sum_of(words);
  quick(words, N, ascending);
  for (u32 i = N / 2; i-- > 0;) sift(copy, i, N);
  for (u32 n = N - 1; n > 0; n--) {
    u32 word = copy[0];
    copy[0] = copy[n];
    copy[n] = word;
    sift(copy, 0, n);
  }
  return mixed(mixed(sum, sum_of(words)), sum_of(copy));
}

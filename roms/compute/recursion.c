// Functions that call themselves: Fibonacci's and Ackermann's, the towers, the queens.
#include "compute.h"

const u32 rounds = 150;

static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static u32 ackermann(u32 m, u32 n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static u32 tower[3], moves;
static void move(u32 n, u32 from, u32 to) {
  if (n == 0) return;
  move(n - 1, from, 3 - from - to);
  tower[from] -= n;
  tower[to] += n;
  moves += tower[1] & 7;
  move(n - 1, 3 - from - to, to);
}

static u32 queens(u32 all, u32 columns, u32 left, u32 right) {
  if (columns == all) return 1;
  u32 count = 0;
  for (u32 free = all & ~(columns | left | right); free != 0; free &= free - 1) {
    u32 place = free & -free;
    count += queens(all, columns | place, (left | place) << 1, (right | place) >> 1);
  }
  return count;
}

u32 run(void) {
  tower[0] = 17 * 18 / 2, tower[1] = tower[2] = moves = 0;
  move(17, 0, 2);
  return mixed(mixed(fibonacci(27), ackermann(2, 200) + ackermann(3, 6)), mixed(moves, queens(0x1ff, 0, 0, 0)));
}

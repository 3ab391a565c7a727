// Floating point: planets, a fractal, a Fourier transform, products of matrices, in double and in single precision. Every
// operation is of IEEE 754 and rounded to its type, so all units that have the types give the same sums; x87's registers
// are wider.
#include "compute.h"

const u32 rounds = 60;

static u32 bits(double value) {
  union {
    double value;
    u32 halves[2];
  } both = {value};
  return both.halves[0] ^ both.halves[1];
}

enum { BODIES = 5 };
static struct body {
  double x, y, z, vx, vy, vz, mass;
} bodies[BODIES];

static double planets(void) {
  for (u32 i = 0; i < BODIES; i++)
    bodies[i] = (struct body){i * 1.5, i * 0.7 - 1, i * 0.3, 0.1 * i, 0.5 - 0.1 * i, 0.01, 1.0 / (1 + 8 * i)};
  for (u32 step = 0; step < 2500; step++) {
    for (u32 i = 0; i < BODIES; i++)
      for (u32 j = i + 1; j < BODIES; j++) {
        struct body *a = &bodies[i], *b = &bodies[j];
        double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
        double square = dx * dx + dy * dy + dz * dz + 0.01, pull = 0.002 / (square * __builtin_sqrt(square));
        a->vx -= dx * b->mass * pull, a->vy -= dy * b->mass * pull, a->vz -= dz * b->mass * pull;
        b->vx += dx * a->mass * pull, b->vy += dy * a->mass * pull, b->vz += dz * a->mass * pull;
      }
    for (u32 i = 0; i < BODIES; i++) {
      struct body *a = &bodies[i];
      a->x += 0.002 * a->vx, a->y += 0.002 * a->vy, a->z += 0.002 * a->vz;
    }
  }
  return bodies[0].x + bodies[1].y + bodies[2].z;
}

static u32 fractal(void) {
  enum { SIDE = 64, DEEPEST = 60 };
  u32 sum = 0;
  for (u32 row = 0; row < SIDE; row++)
    for (u32 column = 0; column < SIDE; column++) {
      double cx = (double)(int)column * (3.0 / SIDE) - 2.25, cy = (double)(int)row * (2.5 / SIDE) - 1.25, x = 0, y = 0;
      u32 steps = 0;
      for (; steps < DEEPEST; steps++) {
        double xx = x * x, yy = y * y;
        if (xx + yy > 4) break;
        y = 2 * x * y + cy;
        x = xx - yy + cx;
      }
      sum += steps;
    }
  return sum;
}

enum { POINTS = 512 };
static double re[POINTS], im[POINTS];

// A root of unity is taken from its half by halving the angle, so that no table and no library is needed.
static void transform(void) {
  for (u32 i = 0, j = 0; i < POINTS; i++) {
    if (i < j) {
      double t = re[i];
      re[i] = re[j];
      re[j] = t;
    }
    u32 bit = POINTS >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
  double cosine = -1, sine = 0;
  for (u32 length = 2; length <= POINTS; length <<= 1) {
    for (u32 from = 0; from < POINTS; from += length) {
      double wr = 1, wi = 0;
      for (u32 k = 0; k < length / 2; k++) {
        u32 a = from + k, b = a + length / 2;
        double r = re[b] * wr - im[b] * wi, i = re[b] * wi + im[b] * wr;
        re[b] = re[a] - r, im[b] = im[a] - i;
        re[a] += r, im[a] += i;
        double turned = wr * cosine - wi * sine;
        wi = wr * sine + wi * cosine;
        wr = turned;
      }
    }
    double half = __builtin_sqrt((1 + cosine) * 0.5);
    sine = length == 2 ? 1 : sine / (2 * half);
    cosine = half;
  }
}

enum { N = 40 };
static float a[N][N], b[N][N];

static float products(void) {
  float trace = 0;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) a[i][j] = (float)(int)(next_number() & 0xff) * 0.125f, b[i][j] = (float)(int)(i + j) * 0.5f;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) {
      float sum = 0;
      for (u32 k = 0; k < N; k++) sum += a[i][k] * b[k][j];
      if (i == j) trace += sum;
    }
  return trace;
}

u32 run(void) {
  u32 sum = mixed(bits(planets()), fractal());
  for (u32 i = 0; i < POINTS; i++) re[i] = (double)(int)(next_number() & 0xfff) * 0.01, im[i] = 0;
  for (u32 i = 0; i < 6; i++) transform();
  for (u32 i = 0; i < POINTS; i++) sum = mixed(sum, bits(re[i] + im[i]));
  return mixed(sum, bits(products()));
}

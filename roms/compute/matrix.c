// Products of matrices of 32-bit integers, a transposition, a determinant modulo a prime.
#include "compute.h"

const u32 rounds = 500;

enum { N = 96 };
static u32 a[N][N], b[N][N], c[N][N];

static void multiply(void) {
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) {
      u32 sum = 0;
      for (u32 k = 0; k < N; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

static void transpose(void) {
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < i; j++) {
      u32 word = c[i][j];
      c[i][j] = c[j][i];
      c[j][i] = word;
    }
}

enum { P = 32749 };
static u32 determinant(void) {
  u32 result = 1;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) c[i][j] = (c[i][j] & 0x7fff) % P;
  for (u32 k = 0; k < N; k++) {
    u32 pivot = c[k][k], inverse = 1;
    if (pivot == 0) return 0;
    result = result * pivot % P;
    for (u32 power = P - 2, base = pivot; power != 0; power >>= 1, base = base * base % P)
      if (power & 1) inverse = inverse * base % P;
    for (u32 i = k + 1; i < N; i++) {
      u32 factor = c[i][k] * inverse % P;
      for (u32 j = k; j < N; j++) c[i][j] = (c[i][j] + (P - factor) * c[k][j]) % P;
    }
  }
  return result;
}

u32 run(void) {
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) a[i][j] = next_number(), b[i][j] = next_number();
  multiply();
  transpose();
  u32 sum = 0;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) sum = sum * 5 + c[i][j];
  return mixed(sum, determinant());
}

// CRC-32 by a table and bit by bit, and Adler's sum.
#include "compute.h"

const u32 rounds = 60;

enum { N = 256 * 1024 };
static u8 bytes[N];
static u32 table[256];

u32 run(void) {
  for (u32 i = 0; i < 256; i++) {
    u32 crc = i;
    for (u32 bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    table[i] = crc;
  }
  for (u32 i = 0; i < N; i++) bytes[i] = (u8)next_number();
  u32 fast = 0xffffffff, slow = 0xffffffff, low = 1, high = 0;
  for (u32 round = 0; round < 8; round++)
    for (u32 i = 0; i < N; i++) fast = fast >> 8 ^ table[(fast ^ bytes[i]) & 0xff];
  for (u32 i = 0; i < N; i++) {
    slow ^= bytes[i];
    for (u32 bit = 0; bit < 8; bit++) slow = slow >> 1 ^ (0xedb88320 & -(slow & 1));
  }
  for (u32 i = 0; i < N; i++) {
    low += bytes[i];
    if (low >= 65521) low -= 65521;
    high += low;
    if (high >= 65521) high -= 65521;
  }
  return mixed(mixed(fast, slow), high << 16 | low);
}

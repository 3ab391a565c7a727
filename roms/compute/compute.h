// What the programs of this folder share: each has a number of rounds, and run(), whose checksum is the same on every
// machine. NAME is what it calls itself.
#ifndef COMPUTE_H
#define COMPUTE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;

extern const u32 rounds;
u32 run(void);

// Numbers that look like chance; each program begins with the same.
u32 next_number(void);
// The least significant bits of a value in a checksum.
static inline u32 mixed(u32 sum, u32 value) { return (sum << 5 | sum >> 27) ^ value; }

size_t length_of(const char *s);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

#endif

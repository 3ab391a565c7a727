// The counted loops of the benchmark: the numbers in the table below are exact, see count.h.
#include "count.h"

        .syntax unified
        .arm

        .macro PART name
        .set once, 0
        .set round, 0
        .text
        .balign 16
bench_\name:
        I push {r4-r11, lr}
        I mov r1, #1
        I ldr r2, =0x9e3779b9
        I ldr r3, =0x7f4a7c15
        I ldr r7, =0x01000193
        I ldr r8, =arena
        I mov r4, #0
        I mov r6, #0
        .endm

        // The table's row: name, function, instructions once, instructions a round.
        .macro END_PART name
        I mov r0, r1
        I pop {r4-r11, pc}
        .ltorg
        .section .rodata.bench, "a"
        .long 9f, bench_\name, once, round
        .section .rodata
9:      .asciz "\name"
        .text
        .endm

        .section .rodata.bench, "a"
        .balign 4
        .globl bench_parts, bench_parts_end
bench_parts:

        PART integer
1:      L add r1, r1, r2
        L eor r1, r3, r1, ror #25
        L add r3, r1, r1, lsl #2
        L mov r4, r1
        L mov r4, r4, lsr #3
        L sub r2, r2, r4
        L mul r5, r2, r7
        L mov r2, r5
        L adds r3, r3, #0x3c00
        L adc r6, r6, #0
        L mvn r4, r4
        L and r4, r4, r3
        L orr r4, r4, #1
        L add r6, r6, r4
        L subs r0, r0, #1
        L bne 1b
        I eor r1, r1, r6
        END_PART integer

        PART memory                     // 64 KiB of the arena, in steps of 52 bytes
1:      L ldr r5, [r8, r4, lsl #2]
        L add r1, r1, r5
        L str r1, [r8, r4, lsl #2]
        L add r9, r8, r4, lsl #2
        L ldr r5, [r9, #64]
        L add r2, r2, r5
        L str r2, [r9, #64]
        L ldrb r5, [r9, #7]
        L push {r2, r5}
        L pop {r6, r10}
        L eor r1, r1, r10
        L strh r1, [r9, #2]
        L add r4, r4, #13
        L mov r4, r4, lsl #18
        L mov r4, r4, lsr #18
        L subs r0, r0, #1
        L bne 1b
        END_PART memory

        PART call
        I ldr r4, =leaf
        I b 2f
leaf:   L add r0, r0, r0, lsl #1
        L add r0, r0, #3
        L bx lr
middle: L push {r4, lr}
        L mov r4, r0
        L bl leaf
        // leaf is entered twice a round: its three instructions count once more.
        .set round, round + 3
        L eor r0, r0, r4
        L pop {r4, pc}
2:      I mov r5, r0
3:      L mov r0, r1
        L blx r4
        L mov r1, r0
        L bl middle
        L add r6, r6, r0
        L subs r5, r5, #1
        L bne 3b
        I eor r1, r1, r6
        END_PART call

        PART branch                     // a shift register decides: no side can be foreseen
        I ldr r9, =0xedb88320
1:      L movs r1, r1, lsr #1
        L bcc 2f
        SIDE
        L eor r1, r1, r9
        L add r4, r4, #1
        L b 3f
        OTHER
2:      O eor r3, r3, r2
        O add r4, r4, #3
        O mov r3, r3, ror #31
        SAME
3:      L tst r1, #4
        L beq 4f
        SIDE
        L add r6, r6, r1
        L b 5f
        OTHER
4:      O sub r6, r6, r4
        O eor r6, r6, #0x55
        SAME
5:      L cmp r1, r2
        L addhi r3, r3, r6
        L subls r3, r3, #1
        L subls r6, r6, r1
        L subs r0, r0, #1
        L bne 1b
        I eor r1, r1, r3
        I eor r1, r1, r6
        I eor r1, r1, r4
        END_PART branch

        .section .rodata.bench, "a"
bench_parts_end:

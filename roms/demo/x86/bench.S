// The counted loops of the benchmark: the numbers in the table below are exact, see count.h.
#include "count.h"

        .macro PART name
        .set once, 0
        .set round, 0
        .text
        .balign 16
bench_\name:
        I movl 4(%esp), %ecx
        I pushl %ebx
        I pushl %esi
        I pushl %edi
        I pushl %ebp
        I movl $1, %eax
        I movl $0x9e3779b9, %ebx
        I movl $0x7f4a7c15, %edx
        I movl $arena, %esi
        I xorl %edi, %edi
        I xorl %ebp, %ebp
        I jmp 1f
        .endm

        // The table's row: name, function, instructions once, instructions a round.
        .macro END_PART name
        I popl %ebp
        I popl %edi
        I popl %esi
        I popl %ebx
        I ret
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

        // No loop lies across two pages, wherever the rest of the guest ends: that would be another benchmark.
        .text
        .balign 4096
        PART integer
        .balign 16
1:      L addl %ebx, %eax
        L roll $7, %eax
        L xorl %edx, %eax
        L leal 5(%eax,%eax,4), %edx
        L movl %eax, %edi
        L shrl $3, %edi
        L subl %edi, %ebx
        L imull $0x01000193, %ebx, %ebx
        L addl $0x3c6ef372, %edx
        L adcl $0, %ebp
        L notl %edi
        L andl %edx, %edi
        L orl $1, %edi
        L addl %edi, %ebp
        L decl %ecx
        L jnz 1b
        I xorl %ebp, %eax
        END_PART integer

        PART memory                     // 64 KiB of the arena, in steps of 52 bytes
        .balign 16
1:      L movl (%esi,%edi,4), %edx
        L addl %edx, %eax
        L movl %eax, (%esi,%edi,4)
        L addl 64(%esi,%edi,4), %ebx
        L movzbl 7(%esi,%edi,4), %edx
        L pushl %ebx
        L addl %edx, (%esp)
        L popl %edx
        L xorl %edx, %eax
        L movw %ax, 2(%esi,%edi,4)
        L addl $13, %edi
        L andl $0x3fff, %edi
        L decl %ecx
        L jnz 1b
        END_PART memory

        PART call
        .balign 16
leaf:   L movl 4(%esp), %edx
        L leal 3(%edx,%edx,2), %eax
        L ret
        .balign 16
middle: L pushl %ebp
        L movl %esp, %ebp
        L pushl 8(%ebp)
        L call leaf
        // leaf is entered twice a round: its three instructions count once more.
        .set round, round + 3
        L popl %edx
        L xorl %edx, %eax
        L popl %ebp
        L ret
        .balign 16
1:      I movl $leaf, %ebx
2:      L pushl %eax
        L call *%ebx
        L movl %eax, (%esp)
        L call middle
        L addl %eax, %edi
        L addl $4, %esp
        L decl %ecx
        L jnz 2b
        I xorl %edi, %eax
        END_PART call

        PART branch                     // a shift register decides: no side can be foreseen
        .balign 16
1:      L shrl $1, %eax
        L jnc 2f
        SIDE
        L xorl $0xedb88320, %eax
        L incl %edi
        L jmp 3f
        OTHER
2:      O xorl %ebx, %edx
        O addl $3, %edi
        O roll $1, %edx
        SAME
3:      L testb $4, %al
        L jz 4f
        SIDE
        L addl %eax, %ebp
        L jmp 5f
        OTHER
4:      O subl %edi, %ebp
        O xorl $0x55, %ebp
        SAME
5:      L cmpl %ebx, %eax
        L ja 6f
        SIDE
        L addl %ebp, %edx
        L jmp 7f
        OTHER
6:      O decl %edx
        O subl %eax, %ebp
        SAME
7:      L decl %ecx
        L jnz 1b
        I xorl %edx, %eax
        I xorl %ebp, %eax
        I xorl %edi, %eax
        END_PART branch

        .section .rodata.bench, "a"
bench_parts_end:

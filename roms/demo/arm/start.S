// Entry from the loader, the vectors, and what is saved around them. The loader passes 0, the machine's number and
// the address of its parameters in r0 to r2, as for Linux.
        .syntax unified
        .arm

        .equ USR_SYSTEM, 0xdf
        .equ FIQ, 0xd1
        .equ IRQ, 0xd2
        .equ SUPERVISOR, 0xd3
        .equ ABORT, 0xd7
        .equ UNDEFINED, 0xdb

        .section .head, "ax"
        .globl entry
entry:
        .rept 8
        nop
        .endr
        b 1f
        .word 0x016f2818                // a zImage: loaders look here
        .word entry
        .word image_data_end
1:      msr cpsr_c, #SUPERVISOR
        ldr r4, =image_bss
        ldr r5, =image_end
        mov r6, #0
2:      cmp r4, r5
        strlo r6, [r4], #4
        blo 2b
        // A stack for each mode; the program itself runs in system mode.
        ldr r4, =stacks
        msr cpsr_c, #FIQ
        add sp, r4, #0x1000
        msr cpsr_c, #IRQ
        add sp, r4, #0x2000
        msr cpsr_c, #ABORT
        add sp, r4, #0x3000
        msr cpsr_c, #UNDEFINED
        add sp, r4, #0x4000
        msr cpsr_c, #SUPERVISOR
        add sp, r4, #0x5000
        msr cpsr_c, #USR_SYSTEM
        add sp, r4, #0xc000
        // Vectors at 0, where this board has RAM.
        ldr r4, =vectors
        mov r5, #0
        mov r6, #16
3:      ldr r7, [r4], #4
        str r7, [r5], #4
        subs r6, r6, #1
        bne 3b
        bl start
4:      b 4b
        .ltorg

vectors:
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        ldr pc, [pc, #24]
        .word entry
        .word undefined_entry
        .word software_entry
        .word prefetch_entry
        .word data_entry
        .word entry
        .word irq_entry
        .word fiq_entry

        .text
irq_entry:
        sub lr, lr, #4
        push {r0-r3, r12, lr}
        bl interrupt
        ldm sp!, {r0-r3, r12, pc}^

fiq_entry:
        sub lr, lr, #4
        push {r0-r3, lr}
        bl fast_interrupt               // r8 to r12 are FIQ's own
        ldm sp!, {r0-r3, pc}^

        // struct frame: vector, CPSR, r0 to r14, pc. BACK is how far the link lies behind the instruction.
        .macro FAULT name, vector, back
\name\()_entry:
        sub lr, lr, #\back
        str lr, [sp, #-4]!              // pc
        sub sp, sp, #60
        stm sp, {r0-r14}^               // registers of the program, r13 and r14 its own
        nop
        mrs r1, spsr
        mov r0, #\vector
        push {r0, r1}
        mov r0, sp
        bl fault
        ldr r1, [sp, #4]
        msr spsr_cxsf, r1
        add sp, sp, #8
        ldm sp, {r0-r14}^
        nop
        add sp, sp, #60
        ldm sp!, {pc}^
        .endm

        FAULT undefined, 1, 4
        FAULT software, 2, 4
        FAULT prefetch, 3, 4
        FAULT data, 4, 8

        // regs_capture(struct frame *): the registers of whoever calls.
        .globl regs_capture
regs_capture:
        str r1, [r0, #12]
        mov r1, #0
        str r1, [r0]
        mrs r1, cpsr
        str r1, [r0, #4]
        ldr r1, [r0, #12]
        str r0, [r0, #8]
        add r0, r0, #12
        stm r0, {r1-r14}
        str lr, [r0, #56]
        bx lr

        .bss
        .balign 4096
stacks: .skip 0xc000

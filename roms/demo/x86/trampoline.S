// Where another processor begins: in real mode, at the page that its start-up IPI names. smp.c copies these
// bytes there. Only addresses relative to the page are used until the flat segments are loaded.

        .section .rodata
        .globl trampoline, trampoline_end, trampoline_stack
        .code16
trampoline:
        cli
        cld
        movw %cs, %ax
        movw %ax, %ds
        lgdtl trampoline_gdt - trampoline
        movl %cr0, %eax
        orb $1, %al
        andl $0x9fffffff, %eax          // a processor wakes with its caches off
        movl %eax, %cr0
        ljmpl $0x08, $ap_protected
        .align 4
trampoline_gdt:
        .word 23
        .long 0                         // filled in by smp.c: the table of start.S
trampoline_end:

        .code32
        .text
ap_protected:
        movl $0x10, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %fs
        movl %eax, %gs
        movl %eax, %ss
        movl trampoline_stack, %esp
        xorl %ebp, %ebp
        call smp_other_main
1:      hlt
        jmp 1b

        .globl trampoline_gdt
        .bss
        .align 4
trampoline_stack:
        .skip 4

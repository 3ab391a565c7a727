// The two ways in (multiboot 1 and PVH), the segment table and the interrupt entries.

        .section .multiboot, "a"
        .align 4
        .set MAGIC, 0x1BADB002
        .set FLAGS, 0x3                 // modules on page boundaries, memory information wanted
        .long MAGIC, FLAGS, -(MAGIC + FLAGS)

        .section .note.pvh, "a", @note
        .align 4
        .long 4, 4, 18                  // XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .long pvh_entry

        .text
        .globl multiboot_entry, pvh_entry
pvh_entry:
        xorl %eax, %eax                 // boot_start tells the two apart by the magic number in EAX
multiboot_entry:
        cli
        cld
        movl %eax, %edx
        movl $image_bss, %edi
        movl $image_end, %ecx
        subl %edi, %ecx
        shrl $2, %ecx
        xorl %eax, %eax
        rep stosl
        movl $boot_stack_top, %esp
        lgdt gdt_pointer
        ljmp $0x08, $1f
1:      movl $0x10, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %fs
        movl %eax, %gs
        movl %eax, %ss
        xorl %ebp, %ebp
        pushl %ebx
        pushl %edx
        call start
2:      cli
        hlt
        jmp 2b

        .section .rodata
        .align 8
gdt:    .quad 0
        .quad 0x00cf9b000000ffff        // 0x08: flat code
        .quad 0x00cf93000000ffff        // 0x10: flat data
        .globl gdt_pointer
gdt_pointer:
        .word . - gdt - 1
        .long gdt

// An entry for each vector: the exceptions, sixteen lines of the PIC, sixteen of the IOAPIC, the local
// APIC's own, and the spurious vector. Exceptions without an error code get a zero in its place.
        .text
        .macro ENTRY_FOR vector
        .if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17)
        .else
        pushl $0
        .endif
        pushl $\vector
        jmp interrupt_common
        .endm

        .macro ENTRIES first, last
        .set v, \first
        .rept \last - \first + 1
        .pushsection .rodata.vectors, "a"
        .long 1f
        .popsection
1:      ENTRY_FOR v
        .set v, v + 1
        .endr
        .endm

        .section .rodata.vectors, "a"
        .align 4
        .globl interrupt_entries
interrupt_entries:
        .text
        ENTRIES 0, 0x4f

        .globl interrupt_spurious_entry
interrupt_spurious_entry:
        pushl $0
        pushl $0xff

interrupt_common:
        pushal
        cld
        pushl %esp
        call interrupt
        addl $4, %esp
        popal
        addl $8, %esp
        iret

        .globl regs_capture
// void regs_capture(struct frame *): the caller's registers, EIP being the return address.
regs_capture:
        pushfl
        pushl %cs
        pushl 8(%esp)
        pushl $0
        pushl $0
        pushal
        movl %esp, %esi
        movl 56(%esp), %edi
        movl $13, %ecx
        rep movsl
        movl 56(%esp), %edi
        leal 56(%esp), %eax
        movl %eax, 12(%edi)
        popal
        addl $20, %esp
        ret

        .bss
        .align 16
        .skip 16384
boot_stack_top:

// An option ROM that boots a Linux kernel from fw_cfg: the host offers setup code, kernel, initrd and command line
// with the addresses where they go, and has filled in the loader's fields of the setup header. The firmware finds the
// ROM as genroms/linuxboot.bin and boots it through the entry vector in its Plug and Play header.
//
// Memory used until the kernel starts: 0x7000-0x7fff (stack and variables), and, without fw_cfg's DMA, 0x30000-0x37fff.
//
// References: Linux/x86 boot protocol; Plug and Play BIOS specification 1.0A, 3.2; BIOS INT 10h, 15h; QEMU's fw_cfg
// specification.

        .set FW_SELECT, 0x510
        .set FW_DATA, 0x511
        .set FW_DMA, 0x514
        .set DEBUG_CONSOLE, 0x402

        // fw_cfg items
        .set ID, 0x01
        .set KERNEL_ADDR, 0x07
        .set KERNEL_SIZE, 0x08
        .set INITRD_ADDR, 0x0a
        .set INITRD_SIZE, 0x0b
        .set KERNEL_DATA, 0x11
        .set INITRD_DATA, 0x12
        .set CMDLINE_ADDR, 0x13
        .set CMDLINE_SIZE, 0x14
        .set CMDLINE_DATA, 0x15
        .set SETUP_ADDR, 0x16
        .set SETUP_SIZE, 0x17
        .set SETUP_DATA, 0x18

        // The setup header, from the start of the setup code
        .set HEADER_MAGIC, 0x202
        .set VERSION, 0x206
        .set LOADFLAGS, 0x211
        .set RAMDISK_IMAGE, 0x218
        .set HEAP_END, 0x224
        .set INITRD_MAX, 0x22c
        .set CAN_USE_HEAP, 0x80

        // Variables, in segment 0. The stack grows down from here.
        .set VARIABLES, 0x7c00
        .set descriptor, VARIABLES              // 16 bytes: what the DMA interface reads
        .set has_dma, VARIABLES + 0x10
        .set kernel_end, VARIABLES + 0x14
        .set initrd_addr, VARIABLES + 0x18
        .set initrd_size, VARIABLES + 0x1c
        .set setup_segment, VARIABLES + 0x20
        .set firmware_stack, VARIABLES + 0x24   // SS:SP as the firmware left it
        .set memory_top, VARIABLES + 0x28       // end of the RAM that begins at 1 MiB or below
        .set initrd_fits, VARIABLES + 0x2c
        .set range, VARIABLES + 0x30            // 24 bytes: a range of the memory map
        .set move_table, VARIABLES + 0x50       // 48 bytes: descriptors of INT 15h AH=87h
        .set BOUNCE, 0x30000
        .set CHUNK, 0x8000

        .code16
        .text
rom:    .byte 0x55, 0xaa
        .byte 3                                 // in units of 512 bytes
        jmp init
        .org 0x1a
        .word pnp

        .org 0x20
pnp:    .ascii "$PnP"
        .byte 1, 2                              // version, length in units of 16 bytes
        .word 0                                 // no other header
        .byte 0
        .byte 0                                 // checksum, filled in by the build
        .long 0                                 // device
        .word maker, product
        .byte 0, 0, 0                           // type
        .byte 0
        .word 0, 0                              // boot connection, disconnect
        .word boot
        .word 0, 0

maker:  .asciz "Ferry"
product:
        .asciz "Linux loader"

// The firmware's call at start-up: a boot device is here.
init:   movw $0x20, %ax
        lretw

// The firmware's call to boot. Returns if there is nothing to boot.
boot:   pushal
        pushw %ds
        pushw %es
        xorw %bx, %bx
        movw %bx, %ds
        movw %ss, firmware_stack + 2
        movw %sp, firmware_stack
        movw %bx, %ss
        movw $VARIABLES, %sp
        movw %bx, %es
        sti
        cld

        movw $ID, %ax
        call number
        shrl $1, %eax
        andb $1, %al
        movb %al, has_dma

        // The setup code comes first: its header says how far up the initrd may be.
        movw $SETUP_SIZE, %ax
        call number
        movl %eax, %ecx
        movw $no_kernel, %si
        testl %ecx, %ecx
        jz give_up
        movw $SETUP_ADDR, %ax
        call number
        movl %eax, %edi
        shrl $4, %eax
        movw %ax, setup_segment
        movw $SETUP_DATA, %ax
        call fetch
        movw setup_segment, %fs
        movw $no_header, %si
        cmpl $0x53726448, %fs:HEADER_MAGIC      // HdrS
        jne give_up

        movw $starting, %si
        call say

        movw $KERNEL_SIZE, %ax
        call number
        movl %eax, %ecx
        movw $KERNEL_ADDR, %ax
        call number
        movl %eax, %edi
        addl %ecx, %eax
        movl %eax, kernel_end
        movw $KERNEL_DATA, %ax
        call fetch

        movw $CMDLINE_SIZE, %ax
        call number
        movl %eax, %ecx
        movw $CMDLINE_ADDR, %ax
        call number
        movl %eax, %edi
        movw $CMDLINE_DATA, %ax
        call fetch

        movw $INITRD_SIZE, %ax
        call number
        movl %eax, initrd_size
        testl %eax, %eax
        jz start
        movw $INITRD_ADDR, %ax
        call number
        movl %eax, initrd_addr
        call place_initrd
        movw $no_room, %si
        jc give_up
        movl initrd_addr, %edi
        movl initrd_size, %ecx
        movw $INITRD_DATA, %ax
        call fetch

// The real-mode entry: all segments at the setup code, the stack at the end of its heap.
start:  cli
        movw setup_segment, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %fs
        movw %ax, %gs
        movw $0x9000, %bx
        testb $CAN_USE_HEAP, LOADFLAGS
        jz 1f
        movw HEAP_END, %bx
        addw $0x200, %bx
        andw $~3, %bx
1:      movw %ax, %ss
        movzwl %bx, %esp
        addw $0x20, %ax
        pushw %ax
        pushw $0
        xorl %ebx, %ebx
        lretw

// SI: why. Back to the firmware, which tries its next boot device.
give_up:
        call say
        lssw firmware_stack, %sp
        popw %es
        popw %ds
        popal
        lretw

// CS:SI: a text, to the screen and the debug console.
say:    movb %cs:(%si), %al
        testb %al, %al
        jz 1f
        movw $DEBUG_CONSOLE, %dx
        outb %al, %dx
        pushw %si
        movb $0x0e, %ah
        movw $7, %bx
        int $0x10
        popw %si
        incw %si
        jmp say
1:      ret

// AX: an item of four bytes, little-endian. Returns it in EAX; uses DX.
number: movw $FW_SELECT, %dx
        outw %ax, %dx
        incw %dx
        inb %dx, %al
        movb %al, descriptor
        inb %dx, %al
        movb %al, descriptor + 1
        inb %dx, %al
        movb %al, descriptor + 2
        inb %dx, %al
        movb %al, descriptor + 3
        movl descriptor, %eax
        ret

// AX: an item, EDI: where it goes in physical memory, ECX: its size.
fetch:  jecxz 9f
        cmpb $0, has_dma
        je fetch_by_port
        shll $16, %eax
        movw $0x000a, %ax                       // select and read
        bswapl %eax
        movl %eax, descriptor
        bswapl %ecx
        movl %ecx, descriptor + 4
        movl $0, descriptor + 8
        bswapl %edi
        movl %edi, descriptor + 12
        movw $FW_DMA, %dx
        xorl %eax, %eax
        outl %eax, %dx
        movl $descriptor, %eax
        bswapl %eax
        addw $4, %dx
        outl %eax, %dx                          // goes
1:      movl descriptor, %eax
        testl %eax, %eax
        jz 9f
        testl $0x01000000, %eax                 // the error bit, big-endian
        jz 1b
        movw $failed, %si
        jmp give_up
9:      ret

fetch_by_port:
        movw $FW_SELECT, %dx
        outw %ax, %dx
1:      movl $CHUNK, %ebx
        cmpl %ebx, %ecx
        jae 2f
        movl %ecx, %ebx
2:      pushl %ecx
        pushl %edi
        pushw $BOUNCE >> 4
        popw %es
        xorw %di, %di
        movw %bx, %cx
        movw $FW_DATA, %dx
        rep insb
        popl %edi
        call move_up
        popl %ecx
        addl %ebx, %edi
        subl %ebx, %ecx
        jnz 1b
        ret

// EBX bytes, 1 to CHUNK, from the bounce buffer to EDI. Keeps EBX and EDI.
move_up:
        pushl %ebx
        pushl %edi
        xorw %ax, %ax
        movw %ax, %es
        pushl %edi
        movw $move_table, %di
        movw $24, %cx
        rep stosw
        popl %edi
        movl $0xffff, move_table + 0x10         // limits
        movl $0xffff, move_table + 0x18
        movl $BOUNCE | 0x93000000, move_table + 0x12
        movl %edi, %eax
        andl $0x00ffffff, %eax
        orl $0x93000000, %eax
        movl %eax, move_table + 0x1a
        shrl $24, %edi
        shlw $8, %di
        movw %di, move_table + 0x1e
        movw $move_table, %si
        leaw 1(%bx), %cx
        shrw $1, %cx
        movb $0x87, %ah
        int $0x15
        popl %edi
        popl %ebx
        movw $failed, %si
        jc give_up
        ret

// The firmware keeps tables at the top of RAM that the host cannot know of. Where the initrd would touch what is not
// free in the firmware's memory map, it goes below, and the setup header says so. Carry: there is no room.
place_initrd:
        xorl %ebx, %ebx
        movl %ebx, memory_top
        movb %bl, initrd_fits
1:      movl $0xe820, %eax
        movl $0x534d4150, %edx                  // SMAP
        movl $24, %ecx
        movw $range, %di
        int $0x15
        jc 4f
        cmpl $0x534d4150, %eax
        jne 4f
        cmpl $1, range + 16                     // RAM
        jne 3f
        cmpl $0, range + 4                      // below 4 GiB
        jne 3f
        movl range, %eax
        movl range + 8, %ecx
        movl range + 12, %edx
        addl %eax, %ecx
        adcl $0, %edx
        jz 2f
        movl $0xfffff000, %ecx
2:      cmpl $0x100000, %eax
        ja 5f
        cmpl $0x100000, %ecx
        jbe 5f
        movl %ecx, memory_top
5:      movl initrd_addr, %edx
        cmpl %eax, %edx
        jb 3f
        addl initrd_size, %edx
        jc 3f
        cmpl %ecx, %edx
        ja 3f
        movb $1, initrd_fits
3:      testl %ebx, %ebx
        jnz 1b
4:      cmpb $0, initrd_fits
        jne 6f

        movl memory_top, %eax
        cmpw $0x203, %fs:VERSION
        jb 1f
        movl %fs:INITRD_MAX, %ecx
        cmpl %ecx, %eax
        jbe 1f
        leal 1(%ecx), %eax
1:      subl initrd_size, %eax
        jc 7f
        andl $~0xfff, %eax
        cmpl kernel_end, %eax
        jb 7f
        movl %eax, initrd_addr
        movl %eax, %fs:RAMDISK_IMAGE
6:      clc
7:      ret

starting:
        .asciz "Ferry: Linux from fw_cfg\r\n"
no_kernel:
        .asciz "Ferry: fw_cfg offers no kernel\r\n"
no_header:
        .asciz "Ferry: the kernel in fw_cfg has no boot header\r\n"
no_room:
        .asciz "Ferry: no room for the initrd in RAM\r\n"
failed: .asciz "Ferry: reading fw_cfg failed\r\n"

/// Instructions as words, for programs of a few of them.
enum Code {
  static let nop: UInt32 = 0xe1a0_0000
  /// An instruction that no CPU will ever have.
  static let undefined: UInt32 = 0xe7f0_00f0
  /// MOVS pc, lr
  static let returnToLink: UInt32 = 0xe1b0_f00e
  /// SUBS pc, lr, #4 and #8
  static let returnToLink4: UInt32 = 0xe25e_f004
  static let returnToLink8: UInt32 = 0xe25e_f008
  /// B to itself
  static let loop: UInt32 = 0xeaff_fffe

  /// MCR p15, `opcode1`, rT, cN, cM, `opcode2`
  static func mcr(
    _ t: UInt32, _ n: UInt32, _ m: UInt32 = 0, _ opcode2: UInt32 = 0, opcode1: UInt32 = 0, coprocessor: UInt32 = 15
  ) -> UInt32 {
    0xee00_0010 | opcode1 << 21 | n << 16 | t << 12 | coprocessor << 8 | opcode2 << 5 | m
  }
  static func mrc(
    _ t: UInt32, _ n: UInt32, _ m: UInt32 = 0, _ opcode2: UInt32 = 0, opcode1: UInt32 = 0, coprocessor: UInt32 = 15
  ) -> UInt32 {
    mcr(t, n, m, opcode2, opcode1: opcode1, coprocessor: coprocessor) | 1 << 20
  }

  /// LDR rT, [rN, #offset] and the like
  static func ldr(_ t: UInt32, _ n: UInt32, _ offset: UInt32 = 0) -> UInt32 { 0xe590_0000 | n << 16 | t << 12 | offset }
  static func str(_ t: UInt32, _ n: UInt32, _ offset: UInt32 = 0) -> UInt32 { 0xe580_0000 | n << 16 | t << 12 | offset }
  static func ldrb(_ t: UInt32, _ n: UInt32, _ offset: UInt32 = 0) -> UInt32 {
    0xe5d0_0000 | n << 16 | t << 12 | offset
  }
  static func strb(_ t: UInt32, _ n: UInt32, _ offset: UInt32 = 0) -> UInt32 {
    0xe5c0_0000 | n << 16 | t << 12 | offset
  }
  static func ldrh(_ t: UInt32, _ n: UInt32, _ offset: UInt32 = 0) -> UInt32 {
    0xe1d0_00b0 | n << 16 | t << 12 | (offset & 0xf0) << 4 | offset & 15
  }
  static func strh(_ t: UInt32, _ n: UInt32, _ offset: UInt32 = 0) -> UInt32 {
    0xe1c0_00b0 | n << 16 | t << 12 | (offset & 0xf0) << 4 | offset & 15
  }
  /// LDRT rT, [rN], #0 and the like
  static func ldrt(_ t: UInt32, _ n: UInt32) -> UInt32 { 0xe4b0_0000 | n << 16 | t << 12 }
  static func strt(_ t: UInt32, _ n: UInt32) -> UInt32 { 0xe4a0_0000 | n << 16 | t << 12 }
  /// SWP rT, rM, [rN]
  static func swp(_ t: UInt32, _ m: UInt32, _ n: UInt32) -> UInt32 { 0xe100_0090 | n << 16 | t << 12 | m }
  /// LDMIA rN, and STMIA rN, the registers of `list` a bit each
  static func ldm(_ n: UInt32, _ list: UInt32) -> UInt32 { 0xe890_0000 | n << 16 | list }
  static func stm(_ n: UInt32, _ list: UInt32) -> UInt32 { 0xe880_0000 | n << 16 | list }

  /// MOV rD, #value, for values of eight bits
  static func mov(_ d: UInt32, _ value: UInt32) -> UInt32 { 0xe3a0_0000 | d << 12 | value }
  /// ADD rD, rN, #value
  static func add(_ d: UInt32, _ n: UInt32, _ value: UInt32) -> UInt32 { 0xe280_0000 | n << 16 | d << 12 | value }
  /// SUBS rD, rN, #value
  static func subs(_ d: UInt32, _ n: UInt32, _ value: UInt32) -> UInt32 { 0xe250_0000 | n << 16 | d << 12 | value }
  /// B and BNE over `words`, counted from the branch itself
  static func b(_ words: Int32) -> UInt32 { 0xea00_0000 | UInt32(bitPattern: words - 2) & 0xff_ffff }
  static func bne(_ words: Int32) -> UInt32 { 0x1a00_0000 | UInt32(bitPattern: words - 2) & 0xff_ffff }
  static func bx(_ m: UInt32) -> UInt32 { 0xe12f_ff10 | m }
  static func bxj(_ m: UInt32) -> UInt32 { 0xe12f_ff20 | m }

  /// MRS rD, CPSR and SPSR; MSR CPSR_c, #value; MSR CPSR_c and SPSR_fsxc, rM
  static func mrs(_ d: UInt32) -> UInt32 { 0xe10f_0000 | d << 12 }
  static func mrsSaved(_ d: UInt32) -> UInt32 { 0xe14f_0000 | d << 12 }
  static func msr(_ value: UInt32) -> UInt32 { 0xe321_f000 | value }
  static func msr(register m: UInt32) -> UInt32 { 0xe121_f000 | m }
  static func msrSaved(register m: UInt32) -> UInt32 { 0xe16f_f000 | m }
  static func swi(_ number: UInt32) -> UInt32 { 0xef00_0000 | number }
  static func bkpt(_ number: UInt32) -> UInt32 { 0xe120_0070 | (number & 0xfff0) << 4 | number & 15 }
}

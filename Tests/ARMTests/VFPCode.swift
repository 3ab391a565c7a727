/// VFP instructions as words.
enum VFPCode {
  /// A single register in the field at `field`, with its low bit at `bit`; of a double the number.
  private static func place(_ register: Int, _ isDouble: Bool, field: UInt32, bit: UInt32) -> UInt32 {
    isDouble ? UInt32(register) << field : UInt32(register >> 1) << field | UInt32(register & 1) << bit
  }

  private static func process(_ opcode: UInt32, _ d: Int, _ n: Int, _ m: Int, _ isDouble: Bool) -> UInt32 {
    opcode | (isDouble ? 0xb00 : 0xa00) | place(d, isDouble, field: 12, bit: 22) | place(n, isDouble, field: 16, bit: 7)
      | place(m, isDouble, field: 0, bit: 5)
  }

  static func fmac(_ d: Int, _ n: Int, _ m: Int, double: Bool = false) -> UInt32 {
    process(0xee00_0000, d, n, m, double)
  }
  static func fnmsc(_ d: Int, _ n: Int, _ m: Int, double: Bool = false) -> UInt32 {
    process(0xee10_0040, d, n, m, double)
  }
  static func fmul(_ d: Int, _ n: Int, _ m: Int, double: Bool = false) -> UInt32 {
    process(0xee20_0000, d, n, m, double)
  }
  static func fadd(_ d: Int, _ n: Int, _ m: Int, double: Bool = false) -> UInt32 {
    process(0xee30_0000, d, n, m, double)
  }
  static func fsub(_ d: Int, _ n: Int, _ m: Int, double: Bool = false) -> UInt32 {
    process(0xee30_0040, d, n, m, double)
  }
  static func fdiv(_ d: Int, _ n: Int, _ m: Int, double: Bool = false) -> UInt32 {
    process(0xee80_0000, d, n, m, double)
  }
  static func fcpy(_ d: Int, _ m: Int, double: Bool = false) -> UInt32 { process(0xeeb0_0040, d, 0, m, double) }
  static func fabs(_ d: Int, _ m: Int, double: Bool = false) -> UInt32 { process(0xeeb0_00c0, d, 0, m, double) }
  static func fneg(_ d: Int, _ m: Int, double: Bool = false) -> UInt32 { process(0xeeb1_0040, d, 0, m, double) }
  static func fsqrt(_ d: Int, _ m: Int, double: Bool = false) -> UInt32 { process(0xeeb1_00c0, d, 0, m, double) }
  static func fcmp(_ d: Int, _ m: Int, double: Bool = false) -> UInt32 { process(0xeeb4_0040, d, 0, m, double) }
  static func fcmpe(_ d: Int, _ m: Int, double: Bool = false) -> UInt32 { process(0xeeb4_00c0, d, 0, m, double) }

  /// Between S`n` and r`d`.
  static func fmsr(_ n: Int, _ d: UInt32) -> UInt32 { process(0xee00_0010, 0, n, 0, false) | d << 12 }
  static func fmrs(_ d: UInt32, _ n: Int) -> UInt32 { process(0xee10_0010, 0, n, 0, false) | d << 12 }
  /// Between D`m` and r`d`, r`n`.
  static func fmdrr(_ m: UInt32, _ d: UInt32, _ n: UInt32) -> UInt32 { 0xec40_0b10 | n << 16 | d << 12 | m }
  static func fmrrd(_ d: UInt32, _ n: UInt32, _ m: UInt32) -> UInt32 { 0xec50_0b10 | n << 16 | d << 12 | m }
  /// Between S`m`, S`m + 1` and r`d`, r`n`.
  static func fmsrr(_ m: Int, _ d: UInt32, _ n: UInt32) -> UInt32 {
    0xec40_0a10 | n << 16 | d << 12 | place(m, false, field: 0, bit: 5)
  }
  static func fmrrs(_ d: UInt32, _ n: UInt32, _ m: Int) -> UInt32 { fmsrr(m, d, n) | 1 << 20 }
  /// One half of D`n`.
  static func fmdlr(_ n: UInt32, _ d: UInt32) -> UInt32 { 0xee00_0b10 | n << 16 | d << 12 }
  static func fmdhr(_ n: UInt32, _ d: UInt32) -> UInt32 { 0xee20_0b10 | n << 16 | d << 12 }
  static func fmrdl(_ d: UInt32, _ n: UInt32) -> UInt32 { 0xee10_0b10 | n << 16 | d << 12 }
  static func fmrdh(_ d: UInt32, _ n: UInt32) -> UInt32 { 0xee30_0b10 | n << 16 | d << 12 }

  /// System register `number` from and to r`d`.
  static func fmxr(_ number: UInt32, _ d: UInt32) -> UInt32 { 0xeee0_0a10 | number << 16 | d << 12 }
  static func fmrx(_ d: UInt32, _ number: UInt32) -> UInt32 { 0xeef0_0a10 | number << 16 | d << 12 }
  static let fmstat: UInt32 = 0xeef1_fa10
  static let fpsid: UInt32 = 0
  static let fpscr: UInt32 = 1
  static let fpexc: UInt32 = 8
  static let fpinst: UInt32 = 9
  static let fpinst2: UInt32 = 10

  /// Register `d` at [r`n`, #4 * `words`].
  static func fld(_ d: Int, _ n: UInt32, _ words: UInt32 = 0, double: Bool = false) -> UInt32 {
    process(0xed90_0000, d, 0, 0, double) | n << 16 | words
  }
  static func fst(_ d: Int, _ n: UInt32, _ words: UInt32 = 0, double: Bool = false) -> UInt32 {
    process(0xed80_0000, d, 0, 0, double) | n << 16 | words
  }
  /// From register `d` on, `words` at [r`n`] upwards, with writeback.
  static func fldmia(_ d: Int, _ n: UInt32, _ words: UInt32, double: Bool = false) -> UInt32 {
    process(0xecb0_0000, d, 0, 0, double) | n << 16 | words
  }
  static func fstmia(_ d: Int, _ n: UInt32, _ words: UInt32, double: Bool = false) -> UInt32 {
    process(0xeca0_0000, d, 0, 0, double) | n << 16 | words
  }
  /// The same downwards.
  static func fldmdb(_ d: Int, _ n: UInt32, _ words: UInt32, double: Bool = false) -> UInt32 {
    process(0xed30_0000, d, 0, 0, double) | n << 16 | words
  }
  static func fstmdb(_ d: Int, _ n: UInt32, _ words: UInt32, double: Bool = false) -> UInt32 {
    process(0xed20_0000, d, 0, 0, double) | n << 16 | words
  }
}

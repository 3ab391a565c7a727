/// What an encoding is besides opcode and operands. The upper 32 bits are the `InstructionSet` it needs.
struct EncodingAttributes: OptionSet, BitwiseCopyable {
  let rawValue: UInt64

  /// LOCK is permitted with a memory destination.
  static let lock = EncodingAttributes(rawValue: 1 << 0)
  /// The block ends after it.
  static let ends = EncodingAttributes(rawValue: 1 << 1)
  /// F3 and F2 repeat it.
  static let string = EncodingAttributes(rawValue: 1 << 2)
  /// The mandatory prefix: none at all, 66, F3, F2. Without any of these every prefix is accepted.
  static let np = EncodingAttributes(rawValue: 1 << 3)
  static let x66 = EncodingAttributes(rawValue: 1 << 4)
  static let f3 = EncodingAttributes(rawValue: 1 << 5)
  static let f2 = EncodingAttributes(rawValue: 1 << 6)
  /// Invalid in, or only in, 64-bit code.
  static let i64 = EncodingAttributes(rawValue: 1 << 7)
  static let o64 = EncodingAttributes(rawValue: 1 << 8)
  /// 64 bits is the default operand size in 64-bit code, or the only one.
  static let d64 = EncodingAttributes(rawValue: 1 << 9)
  static let f64 = EncodingAttributes(rawValue: 1 << 10)
  /// Sixteen opcodes, one a condition code.
  static let cc = EncodingAttributes(rawValue: 1 << 11)
  /// `Instruction.size` is the source's, `condition` the destination's.
  static let extends = EncodingAttributes(rawValue: 1 << 12)
  /// Only with memory, or only with a register, in ModRM.rm.
  static let memory = EncodingAttributes(rawValue: 1 << 13)
  static let register = EncodingAttributes(rawValue: 1 << 14)
  static let vex = EncodingAttributes(rawValue: 1 << 15)
  /// The integer operand is the destination (MOVD): `Instruction.c` is 1.
  static let toInteger = EncodingAttributes(rawValue: 1 << 16)
  /// An undocumented alias that assemblers never make.
  static let alias = EncodingAttributes(rawValue: 1 << 17)

  static let prefixes: EncodingAttributes = [.np, .x66, .f3, .f2]

  static func needs(_ set: InstructionSet) -> EncodingAttributes {
    EncodingAttributes(rawValue: UInt64(set.rawValue) << 32)
  }
  static let cx8 = needs(.cx8)
  static let cmov = needs(.cmov)
  static let mmx = needs(.mmx)
  static let fxsr = needs(.fxsr)
  static let sse = needs(.sse)
  static let sse2 = needs(.sse2)
  static let sse3 = needs(.sse3)
  static let ssse3 = needs(.ssse3)
  static let sse41 = needs(.sse41)
  static let sse42 = needs(.sse42)
  static let popcnt = needs(.popcnt)
  static let lzcnt = needs(.lzcnt)
  static let bmi1 = needs(.bmi1)
  static let bmi2 = needs(.bmi2)
  static let movbe = needs(.movbe)
  static let adx = needs(.adx)
  static let rdtscp = needs(.rdtscp)
  static let aes = needs(.aes)
  static let pclmul = needs(.pclmul)
  static let sysenter = needs(.sysenter)
  static let clflush = needs(.clflush)
  static let monitor = needs(.monitor)
  static let rdrand = needs(.rdrand)
  static let rdseed = needs(.rdseed)
  static let rdpid = needs(.rdpid)
  static let smap = needs(.smap)
  static let xsave = needs(.xsave)
  static let invpcid = needs(.invpcid)
  static let vmx = needs(.vmx)

  var instructionSet: InstructionSet { InstructionSet(rawValue: UInt32(rawValue >> 32)) }
}

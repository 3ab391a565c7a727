/// The extensions to the 80486 instruction set that a CPU has; instructions of others are undefined to it.
public struct InstructionSet: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// CMPXCHG8B.
  public static let cx8 = InstructionSet(rawValue: 1 << 0)
  /// CMOVcc; with an x87 also FCMOVcc and FCOMI.
  public static let cmov = InstructionSet(rawValue: 1 << 1)
  public static let mmx = InstructionSet(rawValue: 1 << 2)
  /// FXSAVE and FXRSTOR.
  public static let fxsr = InstructionSet(rawValue: 1 << 3)
  public static let sse = InstructionSet(rawValue: 1 << 4)
  public static let sse2 = InstructionSet(rawValue: 1 << 5)
  public static let sse3 = InstructionSet(rawValue: 1 << 6)
  public static let ssse3 = InstructionSet(rawValue: 1 << 7)
  public static let sse41 = InstructionSet(rawValue: 1 << 8)
  public static let sse42 = InstructionSet(rawValue: 1 << 9)
  public static let popcnt = InstructionSet(rawValue: 1 << 10)
  /// Without it LZCNT's encoding is BSR.
  public static let lzcnt = InstructionSet(rawValue: 1 << 11)
  /// Without it TZCNT's encoding is BSF.
  public static let bmi1 = InstructionSet(rawValue: 1 << 12)
  public static let bmi2 = InstructionSet(rawValue: 1 << 13)
  public static let movbe = InstructionSet(rawValue: 1 << 14)
  public static let adx = InstructionSet(rawValue: 1 << 15)
  public static let rdtscp = InstructionSet(rawValue: 1 << 16)
  public static let aes = InstructionSet(rawValue: 1 << 17)
  public static let pclmul = InstructionSet(rawValue: 1 << 18)
  /// SYSENTER and SYSEXIT.
  public static let sysenter = InstructionSet(rawValue: 1 << 19)
  public static let clflush = InstructionSet(rawValue: 1 << 20)
  /// MONITOR and MWAIT.
  public static let monitor = InstructionSet(rawValue: 1 << 21)
  public static let rdrand = InstructionSet(rawValue: 1 << 22)
  public static let rdseed = InstructionSet(rawValue: 1 << 23)
  public static let rdpid = InstructionSet(rawValue: 1 << 24)
  /// STAC and CLAC.
  public static let smap = InstructionSet(rawValue: 1 << 25)
  /// XGETBV and XSETBV.
  public static let xsave = InstructionSet(rawValue: 1 << 26)
  public static let invpcid = InstructionSet(rawValue: 1 << 27)
  /// VMCALL.
  public static let vmx = InstructionSet(rawValue: 1 << 28)

  /// Everything that the encoding table knows.
  public static let all = InstructionSet(rawValue: (1 << 29) - 1)
}

public import SavedState

/// The registers of the VFP9-S coprocessor (DDI 0100 C2, DDI 0238 3).
public struct VFPState: DeviceState {
  /// S0 to S31; Dn is S2n, its low half, and S2n+1.
  public var s = InlineArray<32, UInt32>(repeating: 0)
  /// Status and control, as in `FPSCR`.
  public var fpscr: UInt32 = 0
  /// As in `FPEXC`.
  public var fpexc: UInt32 = 0
  /// The instruction that caused an exception, always executed and for one iteration.
  public var fpinst: UInt32 = 0xee00_0a00
  /// The instruction after it, where one had been taken.
  public var fpinst2: UInt32 = 0
  /// Which unit this is, of the CPU model: for a VFP9-S of ARM, VFPv2, part 0x10, variant 9; 0 where there is none.
  public var fpsid: UInt32 = 0x4101_1090

  public init() {}

  public static let table = StateTable<VFPState>("vfp") {
    saved(\.s)
    saved(\.fpscr, in: 0...FPSCR.all)
    saved(\.fpexc, in: 0...FPEXC.all)
    saved(\.fpinst)
    saved(\.fpinst2)
    fixed(\.fpsid)
  } validate: { state in
    if state.fpscr & ~FPSCR.all != 0 { return "fpscr: has bits that do not exist" }
    return state.fpexc & ~FPEXC.all == 0 ? nil : "fpexc: has bits that do not exist"
  }

  // MARK: Registers

  /// The single or double that begins at word `index`, even for doubles. (Mutating, for an array that is read in
  /// place is not copied.)
  @inline(__always)
  mutating func read<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ index: Int, _: Bits.Type) -> Bits {
    withUnsafeMutableBytes(of: &s) { words in
      Bits(littleEndian: words.loadUnaligned(fromByteOffset: Self.offset(index, Bits.self), as: Bits.self))
    }
  }

  /// Writes the single or double that begins at word `index`.
  @inline(__always)
  mutating func write<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ index: Int, _ value: Bits) {
    withUnsafeMutableBytes(of: &s) { words in
      words.storeBytes(of: value.littleEndian, toByteOffset: Self.offset(index, Bits.self), as: Bits.self)
    }
  }

  @inline(__always)
  private static func offset<Bits: FixedWidthInteger>(_ index: Int, _: Bits.Type) -> Int {
    (index & (Bits.bitWidth == 64 ? 30 : 31)) &* 4
  }
}

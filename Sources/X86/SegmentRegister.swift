public import SavedState

/// A segment register with its hidden part (SDM 3A 3.4.3), also LDTR and TR.
public struct SegmentRegister: DeviceState {
  public var selector: UInt16 = 0
  /// Bits 0-3 type, 4 S, 5-6 DPL, 7 P, 12 AVL, 13 L, 14 D/B, 15 G: the second word of the descriptor from bit 8
  /// on, without the limit. Bit 16: unusable (a null selector was loaded).
  public var attributes: UInt32 = 0x93
  public var base: UInt64 = 0
  /// In bytes: the granularity is applied.
  public var limit: UInt32 = 0xffff

  public init() {}
  /// A register with all its hidden part given.
  public init(selector: UInt16, attributes: UInt32, base: UInt64, limit: UInt32) {
    self.selector = selector
    self.attributes = attributes
    self.base = base
    self.limit = limit
  }

  /// The bit of `attributes` of a register that a null selector was loaded into.
  public static let unusable: UInt32 = 1 << 16

  public var type: UInt32 { attributes & 15 }
  /// Set for code and data, clear for system segments.
  public var isCodeOrData: Bool { attributes & 0x10 != 0 }
  public var dpl: Int { Int(attributes >> 5) & 3 }
  public var isPresent: Bool { attributes & 0x80 != 0 }
  public var isUsable: Bool { attributes & Self.unusable == 0 }
  public var isCode: Bool { attributes & 0x18 == 0x18 }
  /// Code: conforming. Data: expand-down.
  public var isConformingOrExpandDown: Bool { attributes & 4 != 0 }
  /// Code: readable. Data: writable.
  public var isReadableOrWritable: Bool { attributes & 2 != 0 }
  /// The D/B bit: 32-bit code, stack pointer ESP, or an upper bound of 4 GiB for an expand-down segment.
  public var isBig: Bool { attributes & 0x4000 != 0 }
  public var isLong: Bool { attributes & 0x2000 != 0 }

  public static let table = StateTable<SegmentRegister>("x86-segment") {
    saved(\.selector)
    saved(\.attributes, in: 0...0x1ffff)
    saved(\.base)
    saved(\.limit)
  }
}

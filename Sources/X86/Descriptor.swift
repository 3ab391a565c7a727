/// A segment or gate descriptor as it stands in a table (SDM 3A 3.4.5 and 5.8.3).
struct Descriptor {
  var low: UInt32
  var high: UInt32
  /// Its linear address.
  var address: UInt64 = 0

  /// Types of system descriptors (SDM 3A table 3-2).
  enum System {
    static let availableTSS16: UInt32 = 1
    static let ldt: UInt32 = 2
    static let callGate16: UInt32 = 4
    static let taskGate: UInt32 = 5
    static let interruptGate16: UInt32 = 6
    static let trapGate16: UInt32 = 7
    static let availableTSS32: UInt32 = 9
    static let callGate32: UInt32 = 12
    static let interruptGate32: UInt32 = 14
    static let trapGate32: UInt32 = 15
  }

  var type: UInt32 { high >> 8 & 15 }
  var isCodeOrData: Bool { high & 0x1000 != 0 }
  var dpl: UInt8 { UInt8(truncatingIfNeeded: high >> 13 & 3) }
  var isPresent: Bool { high & 0x8000 != 0 }

  var isCode: Bool { high & 0x1800 == 0x1800 }
  var isConformingCode: Bool { high & 0x1c00 == 0x1c00 }
  var isReadableCode: Bool { high & 0x1a00 == 0x1a00 }
  var isWritableData: Bool { high & 0x1a00 == 0x1200 }
  var isAccessed: Bool { high & 0x100 != 0 }
  var isAvailableTSS: Bool { !isCodeOrData && type & 7 == 1 }
  var isBusyTSS: Bool { !isCodeOrData && type & 7 == 3 }

  var base: UInt64 { UInt64(low >> 16 | (high & 0xff) << 16 | high & 0xff00_0000) }

  /// In bytes.
  var limit: UInt32 {
    let raw = low & 0xffff | high & 0xf_0000
    return high & 0x80_0000 != 0 ? raw << 12 | 0xfff : raw
  }

  /// As in `SegmentRegister.attributes`.
  var attributes: UInt32 { high >> 8 & 0xf0ff }

  /// What a segment register holds after loading this.
  func register(_ selector: UInt16) -> SegmentRegister {
    SegmentRegister(selector: selector, attributes: attributes, base: base, limit: limit)
  }

  // Gates

  var gateSelector: UInt16 { UInt16(truncatingIfNeeded: low >> 16) }
  var isGate32: Bool { type & 8 != 0 }
  var gateOffset: UInt64 { UInt64(isGate32 ? low & 0xffff | high & 0xffff_0000 : low & 0xffff) }
  var parameterCount: Int { Int(high & 31) }
}

/// The memory map that firmware gives (INT 15h, function E820h).
public struct MemoryMap: Sendable {
  /// What a range is for; raw values as in the map.
  public enum Kind: UInt32, Sendable {
    case usable = 1
    case reserved = 2
  }

  /// One range of the map.
  public struct Entry: Sendable, Equatable {
    /// The first address.
    public var base: UInt64
    /// Bytes.
    public var size: UInt64
    /// What the range may be used for.
    public var kind: Kind
    /// The first address after it.
    public var end: UInt64 { base + size }
  }

  /// Where the extended BIOS data area begins: the end of usable RAM below 640 KiB.
  public static let extendedBIOSData: UInt64 = 0x9fc00
  /// The part of the first MiB that belongs to firmware and its tables.
  public static let firmware: Range<UInt64> = 0xe0000..<0x100000

  /// By address, without overlaps.
  public let entries: [Entry]

  /// The map of `machine`.
  public init(_ machine: FirmwareDescription) {
    let megabyte: UInt64 = 0x100000
    var entries = [
      Entry(base: 0, size: Self.extendedBIOSData, kind: .usable),
      Entry(base: Self.extendedBIOSData, size: 0xa0000 - Self.extendedBIOSData, kind: .reserved),
      Entry(base: Self.firmware.lowerBound, size: 0x20000, kind: .reserved),
    ]
    if machine.lowRAM > megabyte {
      entries.append(Entry(base: megabyte, size: machine.lowRAM - megabyte, kind: .usable))
    }
    if machine.highRAM > 0 { entries.append(Entry(base: 1 << 32, size: machine.highRAM, kind: .usable)) }
    self.entries = entries
  }

  /// Whether all of `range` is usable.
  func isUsable(_ range: Range<UInt64>) -> Bool {
    entries.contains { $0.kind == .usable && $0.base <= range.lowerBound && range.upperBound <= $0.end }
  }

  /// Entries of 20 bytes: base, size, kind.
  var bytes: [UInt8] {
    var buffer = ByteBuffer()
    for entry in entries {
      buffer.put(entry.base)
      buffer.put(entry.size)
      buffer.put(entry.kind.rawValue)
    }
    return buffer.bytes
  }
}

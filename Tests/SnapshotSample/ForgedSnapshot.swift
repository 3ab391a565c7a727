import Snapshots

/// A snapshot's bytes to be changed by somebody who knows the format and mends the checksums.
public struct ForgedSnapshot {
  /// All bytes of the file.
  public var bytes: [UInt8]

  /// Where the directory begins, and how long an entry is.
  public static let directory = 512
  /// Bytes of an entry of the directory.
  public static let entry = 176

  /// Forges a file of these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// How many entries the directory has.
  public var count: Int { Int(number(20, UInt32.self)) }
  /// Bytes of the header.
  public var headerLength: Int { Int(number(16, UInt32.self)) }

  /// A section by its number: its kind, and where it is.
  public func section(_ index: Int) -> (kind: UInt32, offset: Int, length: Int) {
    let at = Self.directory + index * Self.entry
    return (
      number(at, UInt32.self), Int(clamping: number(at + 8, UInt64.self)), Int(clamping: number(at + 16, UInt64.self))
    )
  }

  /// The little-endian number at `at`; 0 beyond the end.
  public func number<T: FixedWidthInteger>(_ at: Int, _: T.Type) -> T {
    guard at >= 0, at + MemoryLayout<T>.size <= bytes.count else { return 0 }
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
  }

  /// Replaces the number at `at`.
  public mutating func set<T: FixedWidthInteger>(_ at: Int, _ value: T) {
    guard at >= 0, at + MemoryLayout<T>.size <= bytes.count else { return }
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: at, as: T.self) }
  }

  /// Gives sections, by their number, other bytes; what lies behind them moves, the chunks by whole chunks. The
  /// header must be one that a writer made, and checksums are still those of before.
  public mutating func replace(_ bodies: [Int: [UInt8]]) {
    let old = bytes
    var new = Array(old[..<headerLength])
    var shift = 0
    for index in 0..<count {
      let (kind, offset, length) = section(index)
      let at = Self.directory + index * Self.entry
      let unit = kind == 7 ? 1 << 16 : 8
      new += [UInt8](repeating: 0, count: (unit - new.count % unit) % unit)
      let body = bodies[index].map { $0[...] } ?? old[offset..<offset + length]
      if kind == 7 { shift = new.count - offset }
      ForgedSnapshot.store(UInt64(new.count), &new, at + 8)
      ForgedSnapshot.store(UInt64(body.count), &new, at + 16)
      new += body
    }
    ForgedSnapshot.store(UInt64(new.count), &new, 40)
    bytes = new
    for index in 0..<count where section(index).kind == 5 {
      let (_, offset, length) = section(index)
      let place = Self.directory + index * Self.entry + 40
      let fixed: UInt64 = number(place, UInt64.self)
      if fixed != 0 { set(place, fixed &+ UInt64(bitPattern: Int64(shift))) }
      for entry in stride(from: offset, to: offset + length - 23, by: 24) where number(entry + 20, UInt16.self) != 0 {
        set(entry + 8, number(entry + 8, UInt64.self) &+ UInt64(bitPattern: Int64(shift)))
      }
    }
  }

  private static func store(_ value: UInt64, _ bytes: inout [UInt8], _ at: Int) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: at, as: UInt64.self) }
  }

  /// Makes the header's checksum right.
  public mutating func sealHeader() {
    let length = headerLength
    guard length > 8, length <= bytes.count else { return }
    set(length - 8, XXH64.hash(Array(bytes[..<(length - 8)])))
  }

  /// Makes all checksums of sections, the root and the header's right.
  public mutating func seal() {
    var roots: [UInt8] = []
    func little(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    for index in 0..<min(count, 4096) {
      let (kind, offset, length) = section(index)
      guard kind != 7, length <= bytes.count, offset <= bytes.count - length else { continue }
      let body = Array(bytes[offset..<offset + length])
      let at = Self.directory + index * Self.entry
      set(at + 24, XXH64.hash(body))
      guard kind == 5 else { continue }
      roots += bytes[(at + 48)..<(at + 176)].prefix { $0 != 0 } + [0] + little(number(at + 32, UInt64.self))
      var sums: [UInt8] = []
      for entry in stride(from: 0, to: length - 23, by: 24) { sums += body[entry..<entry + 8] }
      roots += little(XXH64.hash(sums))
    }
    set(48, XXH64.hash(roots))
    sealHeader()
  }
}

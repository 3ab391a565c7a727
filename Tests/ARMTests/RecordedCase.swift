/// One instruction that was executed elsewhere: Generators/integers.py describes the file.
struct RecordedCase {
  /// r0 to r14, the flags from bit 0 (Q V C Z N) with bit 7 for Thumb state, and the 128 bytes of memory.
  struct Machine: Equatable {
    var r: [UInt32]
    var flags: UInt8
    var memory: [UInt8]

    var isThumb: Bool { flags & 0x80 != 0 }
    /// As CPSR has them, in user mode.
    var cpsr: UInt32 { UInt32(flags & 0x1f) << 27 | (isThumb ? 0x20 : 0) | 0x10 }
  }

  static let start: UInt32 = 0x10_0000
  static let window: UInt32 = 0x20_0800
  private static let base = Machine(
    r: (1...13).map { UInt32($0) &* 0x0102_0304 } + [window + 0x40, 0x1122_3344], flags: 0,
    memory: (0..<128).map { UInt8(truncatingIfNeeded: 7 * $0 + 1) })

  var code: [UInt8]
  var before: Machine
  var after: Machine
  /// The program counter afterwards.
  var end: UInt32

  /// Instructions: Thumb's BL and BLX are two.
  var count: Int { before.isThumb ? code.count / 2 : 1 }

  /// All cases of a file.
  static func read(_ bytes: [UInt8]) -> [RecordedCase] {
    var reader = Reader(bytes: bytes[...])
    var cases: [RecordedCase] = []
    while !reader.bytes.isEmpty { cases.append(RecordedCase(&reader)) }
    return cases
  }

  private init(_ reader: inout Reader) {
    code = reader.take(Int(reader.number(1)))
    before = reader.machine(from: Self.base)
    after = reader.machine(from: before)
    end = Self.start &+ UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: reader.number(2))))
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> [UInt8] {
      defer { bytes = bytes.dropFirst(count) }
      return [UInt8](bytes.prefix(count))
    }

    mutating func number(_ size: Int) -> UInt32 { take(size).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func machine(from old: Machine) -> Machine {
      var new = old
      new.flags = UInt8(number(1))
      let registers = number(2)
      for index in 0..<15 where registers >> UInt32(index) & 1 != 0 { new.r[index] = number(4) }
      let changed = take(16)
      for index in 0..<128 where changed[index / 8] >> UInt8(index % 8) & 1 != 0 {
        new.memory[index] = UInt8(number(1))
      }
      return new
    }
  }
}

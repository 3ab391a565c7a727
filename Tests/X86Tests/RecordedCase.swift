/// One instruction that a processor executed: Generators/integers.py describes the file.
struct RecordedCase {
  /// Registers, arithmetic flags with DF, and the 64 bytes of memory.
  struct Machine: Equatable {
    var gpr: [UInt64]
    var flags: UInt64
    var memory: [UInt8]
  }

  static let start: UInt64 = 0x10_0800
  static let window: UInt64 = 0x20_0800
  private static let base = Machine(
    gpr: [
      0x0102_0304, 0x1122_3344, 0x5a6b_7c8d, window, window + 0x30, window + 0x28, window + 0x10, window + 0x20,
    ], flags: 0, memory: (0..<64).map { UInt8(truncatingIfNeeded: 7 * $0 + 1) })

  var code: [UInt8]
  var before: Machine
  var after: Machine
  /// Nil where the instruction ended well.
  var exception: UInt8?
  var end: UInt64

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
    let vector = UInt8(reader.number(1))
    exception = vector == 3 ? nil : vector
    end = Self.start &+ UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: reader.number(2))))
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> [UInt8] {
      defer { bytes = bytes.dropFirst(count) }
      return [UInt8](bytes.prefix(count))
    }

    mutating func number(_ size: Int) -> UInt64 { take(size).reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    mutating func machine(from old: Machine) -> Machine {
      var new = old
      let registers = number(1)
      for index in 0..<8 where registers >> UInt64(index) & 1 != 0 { new.gpr[index] = number(4) }
      new.flags = number(2)
      let changed = number(8)
      for index in 0..<64 where changed >> UInt64(index) & 1 != 0 { new.memory[index] = UInt8(number(1)) }
      return new
    }
  }
}

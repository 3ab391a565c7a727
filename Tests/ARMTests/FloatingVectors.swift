import DeviceAudit
import Foundation
import SavedState

/// What `Generators/floating.c` recorded.
struct FloatingVectors {
  /// One scalar instruction, on many operands.
  struct Section {
    var name: String
    var encoding: UInt32
    /// Bytes of the operands in D, N and M, 0 where there is none, and whether they are integers.
    var operands: [(size: Int, isInteger: Bool)]
    var resultSize: Int
    var rows: [Row]
  }

  struct Row {
    /// FPSCR before.
    var control: UInt32
    /// In D, N and M.
    var operands: [UInt64]
    var result: UInt64
    /// Flags and cumulative exceptions after.
    var status: UInt32
  }

  /// One instruction that may be a short vector's.
  struct Vector {
    var encoding: UInt32
    var control: UInt32
    var before: [UInt32]
    var after: [UInt32]
    var status: UInt32
  }

  private(set) var sections: [Section] = []
  private(set) var vectors: [Vector] = []

  init() throws {
    let bytes = try Recorded.file("floating.bin.gz", in: .module)
    var at = 0
    func number(_ count: Int) -> UInt64 {
      var value: UInt64 = 0
      for i in 0..<count { value |= UInt64(bytes[at + i]) << UInt64(8 * i) }
      at += count
      return value
    }
    func pool(_ size: Int) -> [UInt64] { (0..<Int(number(1))).map { _ in number(size) } }
    let singles = pool(4)
    let doubles = pool(8)
    let integers = pool(4)
    while case let length = Int(number(1)), length > 0 {
      let name = String(decoding: bytes[at..<(at + length)], as: UTF8.self)
      at += length
      let encoding = UInt32(number(4))
      let operands = (0..<3).map { _ in
        let kind = Int(number(1))
        return (size: kind & 0x7f, isInteger: kind & 0x80 != 0)
      }
      let resultSize = Int(number(1))
      let count = Int(number(4))
      var rows: [Row] = []
      rows.reserveCapacity(count)
      for _ in 0..<count {
        let mode = UInt32(number(1))
        let values = operands.map { operand in
          operand.size == 0
            ? 0 : (operand.isInteger ? integers : operand.size == 4 ? singles : doubles)[Int(number(1))]
        }
        let result = number(resultSize)
        let flags = UInt32(number(1)) << 24
        rows.append(
          Row(
            control: (mode & 3) << 22 | (mode >> 2 & 3) << 24, operands: values, result: result,
            status: flags | UInt32(number(1))))
      }
      sections.append(
        Section(name: name, encoding: encoding, operands: operands, resultSize: resultSize, rows: rows))
    }
    for _ in 0..<number(4) {
      let encoding = UInt32(number(4))
      let control = UInt32(number(4))
      let before = Self.registers(seed: number(8), isDouble: encoding & 0x100 != 0)
      let status = UInt32(number(4))
      let mask = number(4)
      let after = before.enumerated().map { mask >> UInt64($0) & 1 != 0 ? UInt32(number(4)) : $1 }
      vectors.append(
        Vector(encoding: encoding, control: control, before: before, after: after, status: status))
    }
  }

  /// Numbers of moderate size, as the generator makes them.
  private static func registers(seed: UInt64, isDouble: Bool) -> [UInt32] {
    var random = SplitMix64(seed: seed)
    return (0..<(isDouble ? 16 : 32)).flatMap { _ -> [UInt32] in
      let number = random.next()
      let size = random.next() & 15
      guard isDouble else {
        return [UInt32(truncatingIfNeeded: number & 0x807f_ffff | (118 + size) << 23)]
      }
      let wide = number & 0x800f_ffff_ffff_ffff | (1015 + size) << 52
      return [UInt32(truncatingIfNeeded: wide), UInt32(truncatingIfNeeded: wide >> 32)]
    }
  }
}

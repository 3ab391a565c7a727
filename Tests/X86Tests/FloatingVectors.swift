import DeviceAudit
import Foundation
import X86

/// What `Generators/floating.c` recorded: pools of operands, and sections of one instruction each.
struct FloatingVectors {
  /// How near results must come.
  enum Tolerance: UInt8 {
    case exact
    /// The last place of an extended-precision result may differ by one, and with it C1.
    case lastPlace
    /// Single-precision approximations.
    case approximate
  }

  struct Section {
    var name: String
    var code: [UInt8]
    var tolerance: Tolerance
    var slots: [(field: Int, pool: Int)]
    /// Of the rows' bytes.
    var start: Int
    var rows: Int
  }

  /// Fields of an image: EAX, ECX, EDX, EFLAGS, MXCSR, FCW, FSW, FTW, R0-R7, XMM0-2, memory, vector.
  static let sizes = [4, 4, 4, 4, 4, 2, 2, 1] + Array(repeating: 10, count: 8) + [16, 16, 16, 32, 1]
  static let names =
    ["eax", "ecx", "edx", "eflags", "mxcsr", "fcw", "fsw", "ftw"] + (0..<8).map { "r\($0)" }
    + ["xmm0", "xmm1", "xmm2", "memory", "vector"]
  static let status = 6
  static let registers = 8..<16
  static let vectors = 16..<19

  typealias Image = [[UInt8]]

  let bytes: [UInt8]
  private(set) var pools: [[[UInt8]]] = []
  private(set) var sections: [Section] = []

  init() throws {
    bytes = try Recorded.file("floating.bin.gz", in: .module)
    var at = 4
    func number(_ count: Int) -> Int {
      var value = 0
      for i in 0..<count { value |= Int(bytes[at + i]) << (8 * i) }
      at += count
      return value
    }
    func take(_ count: Int) -> [UInt8] {
      at += count
      return Array(bytes[(at - count)..<at])
    }
    for _ in 0..<number(1) {
      let size = number(1)
      pools.append((0..<number(2)).map { _ in take(size) })
    }
    while at < bytes.count {
      let name = String(decoding: take(number(1)), as: UTF8.self)
      let code = take(number(1))
      let tolerance = Tolerance(rawValue: UInt8(number(1))) ?? .exact
      let slots = (0..<number(1)).map { _ in (number(1), number(1)) }
      let rows = number(2)
      sections.append(
        Section(name: name, code: code, tolerance: tolerance, slots: slots, start: at, rows: rows))
      for _ in 0..<rows {
        at += slots.count
        for _ in 0..<number(1) { at += Self.sizes[number(1)] }
      }
    }
  }

  /// What every row begins with, before its operands are put in.
  static let defaults: Image = {
    var image = sizes.map { [UInt8](repeating: 0, count: $0) }
    func put(_ field: Int, _ value: UInt64) {
      for i in 0..<min(8, sizes[field]) { image[field][i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i)) }
    }
    for (field, value) in [0x1122_3344, 0x5566_7788, 0x99aa_bbcc, 0, 0x1f80, 0x37f, 0x3000, 0xdf].enumerated() {
      put(field, UInt64(value))
    }
    for i in 0..<8 {
      // i + 1.25
      let quarters = UInt64(4 * i + 5)
      let shift = quarters.leadingZeroBitCount
      put(8 + i, quarters << UInt64(shift))
      let exponent = 0x3fff + 61 - shift
      image[8 + i][8] = UInt8(exponent & 0xff)
      image[8 + i][9] = UInt8(exponent >> 8)
    }
    for i in 0..<3 { for j in 0..<16 { image[16 + i][j] = UInt8(0x10 * (i + 1) + j) } }
    for j in 0..<32 { image[19][j] = UInt8(0xa0 + j) }
    return image
  }()

  /// Calls `body` with each row's image before and after.
  func forEachRow(of section: Section, _ body: (Image, Image) throws -> Void) rethrows {
    var at = section.start
    for _ in 0..<section.rows {
      var before = Self.defaults
      for slot in section.slots {
        let operand = pools[slot.pool][Int(bytes[at])]
        before[slot.field].replaceSubrange(0..<operand.count, with: operand)
        at += 1
      }
      var after = before
      let changes = Int(bytes[at])
      at += 1
      for _ in 0..<changes {
        let field = Int(bytes[at])
        let size = Self.sizes[field]
        after[field] = Array(bytes[(at + 1)..<(at + 1 + size)])
        at += 1 + size
      }
      try body(before, after)
    }
  }
}

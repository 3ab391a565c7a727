import Synchronization

/// The encoding table unfolded for lookup by prefix, opcode and ModRM: made once for each instruction set and
/// never freed.
struct DecoderTables: @unchecked Sendable {
  /// An encoding as the decoder wants it.
  struct Entry: BitwiseCopyable {
    var operation: Operation
    var hasModRM: Bool
    /// ModRM.mod is ignored: a register, without address bytes.
    var ignoresMod: Bool
    var usesVVVV: Bool
    var size: EncodingOperand.Width
    /// Index into `Encoding.sections` flattened.
    var row: UInt16
    var attributes: EncodingAttributes
    var operands: (EncodingOperand, EncodingOperand, EncodingOperand, EncodingOperand)
  }

  private struct Key: Hashable {
    var instructionSet: InstructionSet
    var isLong: Bool
  }

  private static let cache = Mutex<[Key: DecoderTables]>([:])
  static let rows: [Encoding] = Encoding.sections.flatMap { $0 }
  /// Slots from here on select by ModRM.
  static let selector: UInt16 = 0x8000

  let entries: UnsafePointer<Entry>
  /// By map, prefix class (none, 66, F3, F2) and opcode: 0, an entry, or `selector` and a number.
  let slots: UnsafePointer<UInt16>
  /// 256 slots for each selector.
  let selectors: UnsafePointer<UInt16>
  /// Three widths in bytes for each `Width`, by operand size.
  let widths: UnsafePointer<UInt8>

  static func tables(for instructionSet: InstructionSet, isLong: Bool) -> DecoderTables {
    let key = Key(instructionSet: instructionSet, isLong: isLong)
    return cache.withLock { cache in
      if let known = cache[key] { return known }
      let made = DecoderTables(instructionSet: instructionSet, isLong: isLong)
      cache[key] = made
      return made
    }
  }

  /// Where a slot is.
  @inline(__always)
  static func slot(map: Int, prefix: Int, opcode: Int) -> Int { (map &* 4 &+ prefix) &* 256 &+ opcode }

  private init(instructionSet: InstructionSet, isLong: Bool) {
    let rows = Self.rows
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: rows.count + 1)
    (entries + rows.count).initialize(to: Entry(rows[0], index: 0))
    for (index, row) in rows.enumerated() { (entries + index).initialize(to: Entry(row, index: index)) }
    self.entries = UnsafePointer(entries)

    var candidates = [[Int]](repeating: [], count: 8 * 256)
    for (index, row) in rows.enumerated() {
      guard instructionSet.isSuperset(of: row.attributes.instructionSet) else { continue }
      if row.attributes.contains(isLong ? .i64 : .o64) { continue }
      let first = row.map * 256 + Int(row.opcode & 0xff)
      for number in first..<first + row.span { candidates[number].append(index) }
    }

    let slots = UnsafeMutablePointer<UInt16>.allocate(capacity: 8 * 4 * 256)
    var selectors: [UInt16] = []
    for map in 0..<8 {
      for opcode in 0..<256 {
        let rowsHere = candidates[map * 256 + opcode]
        for prefix in 0..<4 {
          slots[Self.slot(map: map, prefix: prefix, opcode: opcode)] = Self.choose(
            rowsHere, prefix: prefix, selectors: &selectors)
        }
      }
    }
    self.slots = UnsafePointer(slots)
    let selectorCopy = UnsafeMutablePointer<UInt16>.allocate(capacity: max(selectors.count, 1))
    selectorCopy.initialize(from: selectors, count: selectors.count)
    self.selectors = UnsafePointer(selectorCopy)

    let widths = UnsafeMutablePointer<UInt8>.allocate(capacity: 3 * EncodingOperand.Width.allCases.count)
    for width in EncodingOperand.Width.allCases {
      let bytes = width.bytes
      widths[Int(width.rawValue) * 3] = UInt8(truncatingIfNeeded: bytes.0)
      widths[Int(width.rawValue) * 3 + 1] = UInt8(truncatingIfNeeded: bytes.1)
      widths[Int(width.rawValue) * 3 + 2] = UInt8(truncatingIfNeeded: bytes.2)
    }
    self.widths = UnsafePointer(widths)
  }

  /// The slot for one opcode after one prefix: entries are numbered from 1 there.
  private static func choose(_ candidates: [Int], prefix: Int, selectors: inout [UInt16]) -> UInt16 {
    let wanted: EncodingAttributes = [EncodingAttributes.np, .x66, .f3, .f2][prefix]
    var fitting: [Int] = []
    for index in candidates where rows[index].attributes.contains(wanted) { fitting.append(index) }
    for index in candidates where rows[index].attributes.isDisjoint(with: .prefixes) { fitting.append(index) }
    guard let best = fitting.first else { return 0 }
    let selects = fitting.contains { index in
      let row = rows[index]
      return row.reg != nil || !row.modesOfRM.isEmpty
    }
    guard selects else { return UInt16(best + 1) }
    let number = UInt16(selectors.count / 256)
    var table = [UInt16](repeating: 0, count: 256)
    for index in fitting.reversed() {
      let row = rows[index]
      let modes = row.modesOfRM
      let mods = modes.contains(.memory) ? 0...2 : modes.contains(.register) ? 3...3 : 0...3
      for mod in mods {
        for reg in row.reg.map({ Int($0)...Int($0) }) ?? 0...7 {
          for rm in row.rm.map({ Int($0)...Int($0) }) ?? 0...7 { table[mod << 6 | reg << 3 | rm] = UInt16(index + 1) }
        }
      }
    }
    selectors += table
    return selector | number
  }
}

extension DecoderTables.Entry {
  init(_ row: Encoding, index: Int) {
    self.init(
      operation: row.operation, hasModRM: row.hasModRM, ignoresMod: row.hasOperand(.rmAlwaysRegister),
      usesVVVV: row.hasOperand(.vvvv),
      size: row.sizeWidth, row: UInt16(index), attributes: row.attributes, operands: row.operands)
  }
}

import DeviceModel

/// The registers that a model declares in one of its regions, and what of an access to them is a mistake.
struct RegisterMap {
  /// By the offset of each of their bytes.
  private var rows: [UInt64: [RegisterRow]] = [:]
  private let region: RegionModel

  /// Nil where the model declares none: then there is nothing to compare with.
  init?(_ model: Model, registers: [RegisterRow], region number: Int) {
    region = model.regions[number]
    for row in registers where row.region == number {
      for byte in 0..<UInt64(row.width * row.count) { rows[row.offset &+ byte, default: []].append(row) }
    }
    if rows.isEmpty { return nil }
  }

  /// What is wrong with an access, in a few words; nil: nothing.
  func mistake(_ offset: UInt64, width: Int, written: UInt64?) -> String? {
    let touched = (0..<UInt64(width)).flatMap { rows[offset &+ $0] ?? [] }
    let what = written.map { "write of \(Address.hex($0))" } ?? "read"
    let place = "\(region.name) offset \(Address.hex(offset))"
    guard let first = touched.first else { return "\(what), \(width) bytes, at \(place): there is no register" }
    guard written != nil else {
      let isReadable = touched.contains { $0.access != .writeOnly }
      return isReadable ? nil : "read of \(first.name) at \(place): it is write-only"
    }
    guard touched.contains(where: { $0.access != .readOnly }) else {
      return "\(what) to \(first.name) at \(place): it is read-only"
    }
    // A read takes its bytes out of the word; a narrow write drives the other lanes too.
    guard width < region.widths.lowerBound, touched.allSatisfy({ isPart(offset, width, of: $0) }) else { return nil }
    return "\(what) to \(first.name) at \(place): \(width) bytes of \(region.widths.lowerBound)"
  }

  /// Whether the register has bits that count beside those of an access.
  private func isPart(_ offset: UInt64, _ width: Int, of row: RegisterRow) -> Bool {
    let start = (offset &- row.offset) % UInt64(row.width) * 8
    let lanes: UInt64 = (1 << UInt64(min(width, 7) * 8) - 1) << start
    return row.mask & ~lanes != 0
  }
}

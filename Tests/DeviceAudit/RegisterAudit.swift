public import DeviceModel

/// The registers lie where the model says, reset to what the map says, and keep the bits outside their masks.
///
/// Volatile rows are only looked at for their place. `device` is fresh; it is disturbed.
public func auditRegisters<D: Device>(_ device: D) -> [String] {
  let regions = D.model.regions
  let rows = D.registers
  var faults: [String] = []
  func fault(_ row: RegisterRow, _ words: String) { faults.append("\(D.model.name): \(row.name) \(words)") }

  for row in rows {
    guard regions.indices.contains(row.region) else {
      fault(row, "is in region \(row.region), and there are \(regions.count)")
      continue
    }
    let region = regions[row.region]
    let end = row.offset.addingReportingOverflow(UInt64(max(row.width * row.count, 0)))
    if end.overflow || end.partialValue > region.size { fault(row, "lies outside region \(region.name)") }
    if !region.widths.contains(row.width) { fault(row, "is \(row.width) wide, its region takes \(region.widths)") }
  }
  for row in rows {
    for words in auditFields(row) { fault(row, words) }
    for write in row.select {
      if !regions.indices.contains(write.region) || !regions[write.region].widths.contains(write.width)
        || write.offset + UInt64(write.width) > regions[write.region].size
      {
        fault(row, "is selected by a write that its model does not take")
      }
    }
  }
  let names = rows.map { "\($0.name) of region \($0.region)" }
  for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
    faults.append("\(D.model.name): \(name) has two rows")
  }
  guard faults.isEmpty else { return faults }

  func read(_ row: RegisterRow) -> UInt64 {
    let bits = row.width >= 8 ? UInt64.max : 1 << UInt64(row.width * 8) - 1
    return device.busRead(row.offset, width: row.width, region: row.region) & bits
  }
  for row in rows where !row.isVolatile && row.access != .writeOnly {
    guard let reset = row.reset else { continue }
    let value = read(row)
    if value != reset {
      fault(row, "is 0x\(String(value, radix: 16)) after a reset, not 0x\(String(reset, radix: 16))")
    }
  }
  for row in rows where !row.isVolatile && row.access == .readWrite {
    for pattern in [UInt64.max, 0, 0x5555_5555_5555_5555] {
      let before = read(row)
      let bits = row.width >= 8 ? UInt64.max : 1 << UInt64(row.width * 8) - 1
      device.busWrite(pattern & bits, row.offset, width: row.width, region: row.region)
      let changed = (before ^ read(row)) & ~row.mask
      if changed != 0 { fault(row, "changes bits 0x\(String(changed, radix: 16)) outside its mask") }
    }
    device.reset()
  }
  return faults
}

/// A register's fields lie in it and beside each other.
public func auditFields(_ row: RegisterRow) -> [String] {
  var faults: [String] = []
  var used: UInt64 = 0
  for field in row.fields {
    if field.bits.upperBound >= row.width * 8 { faults.append("has \(field.text) beyond its \(row.width) bytes") }
    let mask = field.setting(.max, in: 0)
    if used & mask != 0 { faults.append("has \(field.text) over another field") }
    used |= mask
  }
  if Set(row.fields.map(\.name)).count != row.fields.count { faults.append("has two fields of one name") }
  return faults
}

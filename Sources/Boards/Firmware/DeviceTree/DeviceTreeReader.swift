/// Looks into the bytes of a flattened tree; every place is checked.
struct DeviceTreeReader {
  let file: BootRequest.File
  /// The end of the tree in the file.
  var end: Int

  init(_ file: BootRequest.File) {
    self.file = file
    end = file.bytes.count
  }

  func error(_ reason: String) -> BootError { .badDeviceTree(file: file.name, reason: reason) }

  func bytes(_ at: Int, _ count: Int) throws(BootError) -> [UInt8] {
    guard at >= 0, count >= 0, at <= end, count <= end - at else {
      throw error("\(count) bytes at \(at) are outside its \(end) bytes")
    }
    return Array(file.bytes[at..<at + count])
  }

  private func number(_ at: Int, _ count: Int) throws(BootError) -> UInt64 {
    guard at >= 0, at <= end, count <= end - at else {
      throw error("\(count) bytes at \(at) are outside its \(end) bytes")
    }
    return file.bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) }
  }

  func word(_ at: Int) throws(BootError) -> UInt32 { UInt32(truncatingIfNeeded: try number(at, 4)) }
  func long(_ at: Int) throws(BootError) -> UInt64 { try number(at, 8) }

  /// Text of printable ASCII that a zero ends, and its length.
  func text(_ at: Int) throws(BootError) -> (text: String, length: Int) {
    guard at >= 0, at < end else { throw error("a name at \(at) is outside its \(end) bytes") }
    let name = file.bytes[at..<end].prefix { $0 != 0 }
    guard at + name.count < end else { throw error("the name at \(at) has no end") }
    guard name.count < 256, name.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
      throw error("what is at \(at) is no name")
    }
    return (String(decoding: name, as: UTF8.self), name.count)
  }
}

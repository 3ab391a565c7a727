/// Reading a flattened tree (Devicetree Specification 0.4, chapter 5).
extension DeviceTree {
  /// The tokens of the structure block (5.4.1).
  enum Token {
    static let beginNode: UInt32 = 1
    static let endNode: UInt32 = 2
    static let property: UInt32 = 3
    static let nop: UInt32 = 4
    static let end: UInt32 = 9
  }

  static let magic: UInt32 = 0xd00d_feed
  /// No real tree is deeper.
  private static let deepest = 64

  /// Whether `bytes` begin as a flattened tree does.
  static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xd0, 0x0d, 0xfe, 0xed]) }

  /// Reads a flattened tree of version 16 or 17; nothing of it is trusted.
  ///
  /// - Throws: `BootError.badDeviceTree` that says what is wrong and where.
  public init(_ file: BootRequest.File) throws(BootError) {
    var reader = DeviceTreeReader(file)
    guard Self.isOne(file.bytes) else { throw reader.error("it does not begin with the magic number 0xd00dfeed") }
    guard file.bytes.count >= 40 else { throw reader.error("it ends in its header") }
    let total = Int(try reader.word(4))
    guard total <= file.bytes.count else {
      throw reader.error("its header promises \(total) bytes, the file has \(file.bytes.count)")
    }
    reader.end = total
    let version = try reader.word(20)
    let compatible = try reader.word(24)
    guard version >= 16, compatible <= 17 else {
      throw reader.error("it has version \(version), compatible back to \(compatible); 16 and 17 are understood")
    }
    let structure = Int(try reader.word(8))
    let strings = Int(try reader.word(12))
    bootCPU = try reader.word(28)
    var at = Int(try reader.word(16))
    guard at & 7 == 0, structure & 3 == 0 else { throw reader.error("its blocks are not aligned") }
    while true {
      let address = try reader.long(at)
      let size = try reader.long(at + 8)
      at += 16
      if address == 0, size == 0 { break }
      reservations.append(Reservation(address: address, size: size))
    }
    root = try Self.nodes(&reader, structure, strings: strings)
  }

  private static func nodes(
    _ reader: inout DeviceTreeReader, _ start: Int, strings: Int
  ) throws(BootError) -> DeviceTreeNode {
    var at = start
    var open: [DeviceTreeNode] = []
    /// The properties that each open node has so far.
    var names: [Set<String>] = []
    while true {
      let token = try reader.word(at)
      at += 4
      switch token {
      case Token.beginNode:
        guard open.count < deepest else { throw reader.error("it is more than \(deepest) nodes deep") }
        let (name, length) = try reader.text(at)
        guard !open.isEmpty || name.isEmpty else { throw reader.error("its root has the name \"\(name)\"") }
        guard open.isEmpty || !name.isEmpty else { throw reader.error("a node at \(at - 4) has no name") }
        open.append(DeviceTreeNode(name))
        names.append([])
        at = (at + length + 4) & ~3
      case Token.property:
        guard !open.isEmpty else { throw reader.error("there is a property outside all nodes") }
        let length = Int(try reader.word(at))
        let (name, _) = try reader.text(strings + Int(try reader.word(at + 4)))
        guard !name.isEmpty else { throw reader.error("a property at \(at - 4) has no name") }
        guard names[names.count - 1].insert(name).inserted else {
          throw reader.error("the node \"\(open[open.count - 1].name)\" has the property \"\(name)\" twice")
        }
        let value = try reader.bytes(at + 8, length)
        open[open.count - 1].properties.append(DeviceTreeNode.Property(name: name, value: value))
        at = (at + 8 + length + 3) & ~3
      case Token.endNode:
        guard let done = open.popLast() else { throw reader.error("a node ends at \(at - 4) that has not begun") }
        names.removeLast()
        if !open.isEmpty {
          open[open.count - 1].children.append(done)
          continue
        }
        while try reader.word(at) == Token.nop { at += 4 }
        guard try reader.word(at) == Token.end else { throw reader.error("something follows its root at \(at)") }
        return done
      case Token.nop: break
      default: throw reader.error("there is no token \(token), at \(at - 4)")
      }
    }
  }
}

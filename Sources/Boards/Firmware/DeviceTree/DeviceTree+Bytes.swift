/// Writing a flattened tree of version 17 (Devicetree Specification 0.4, chapter 5).
extension DeviceTree {
  /// The tree as it is handed over.
  public var bytes: [UInt8] {
    var strings: [UInt8] = []
    var offsets: [String: UInt32] = [:]
    var structure: [UInt8] = []
    func put(_ word: UInt32) { structure += DeviceTreeNode.bytes([word]) }
    func align() { structure += [UInt8](repeating: 0, count: -structure.count & 3) }
    func write(_ node: DeviceTreeNode) {
      put(Token.beginNode)
      structure += Array(node.name.utf8) + [0]
      align()
      for property in node.properties {
        let offset = offsets[property.name] ?? UInt32(strings.count)
        if offsets.updateValue(offset, forKey: property.name) == nil { strings += Array(property.name.utf8) + [0] }
        put(Token.property)
        put(UInt32(property.value.count))
        put(offset)
        structure += property.value
        align()
      }
      for child in node.children { write(child) }
      put(Token.endNode)
    }
    write(root)
    put(Token.end)
    let reserved = (reservations + [Reservation(address: 0, size: 0)]).flatMap { entry in
      [entry.address, entry.size].flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    }
    let header = 40
    let structureAt = header + reserved.count
    let stringsAt = structureAt + structure.count
    let words: [UInt32] = [
      Self.magic, UInt32(stringsAt + strings.count), UInt32(structureAt), UInt32(stringsAt), UInt32(header), 17, 16,
      bootCPU, UInt32(strings.count), UInt32(structure.count),
    ]
    return DeviceTreeNode.bytes(words) + reserved + structure + strings
  }
}

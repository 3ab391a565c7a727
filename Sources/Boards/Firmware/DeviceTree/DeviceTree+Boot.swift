/// What a loader writes into a tree before it hands it over.
extension DeviceTree {
  /// Says where the RAM is: in the first memory node, or a new one. Others go, they would speak of other memory.
  ///
  /// - Throws: `BootError.badDeviceTree` when the tree's cells are too small for an address.
  mutating func setMemory(_ parts: [(base: UInt64, size: UInt64)], file: String) throws(BootError) {
    var reg: [UInt8] = []
    for part in parts {
      guard let base = DeviceTreeNode.bytes(part.base, cells: addressCells),
        let size = DeviceTreeNode.bytes(part.size, cells: sizeCells)
      else { throw .badDeviceTree(file: file, reason: "its root's cells have no room for the machine's RAM") }
      reg += base + size
    }
    func isMemory(_ node: DeviceTreeNode) -> Bool {
      node.text("device_type") == "memory" || node.name == "memory" || node.name.hasPrefix("memory@")
    }
    let name = root.children.first(where: isMemory)?.name ?? "memory"
    var isFirst = true
    root.children.removeAll { node in
      guard isMemory(node) else { return false }
      defer { isFirst = false }
      return !isFirst
    }
    root.edit(name) { node in
      if node["device_type"] == nil { node.set("device_type", "memory") }
      node["reg"] = reg
    }
  }

  /// Says under `/chosen` what the loader was told: a command line, where there is one, and the initial RAM disk.
  ///
  /// - Throws: `BootError.badDeviceTree` when the tree's cells are too small for an address.
  mutating func setChosen(commandLine: String, initrd: Range<UInt64>?, file: String) throws(BootError) {
    var ends: [[UInt8]?] = [nil, nil]
    if let initrd {
      ends = [initrd.lowerBound, initrd.upperBound].map { DeviceTreeNode.bytes($0, cells: addressCells) }
      guard !ends.contains(nil) else {
        throw .badDeviceTree(file: file, reason: "its root's cells have no room for the initrd's address")
      }
    }
    root.edit("chosen") { node in
      if !commandLine.isEmpty { node.set("bootargs", commandLine) }
      node["linux,initrd-start"] = ends[0]
      node["linux,initrd-end"] = ends[1]
    }
  }
}

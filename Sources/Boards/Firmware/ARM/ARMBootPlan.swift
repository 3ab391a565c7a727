/// All that starting a kernel for ARM takes: what goes where in memory, and how the CPU begins: in supervisor mode,
/// interrupts masked, MMU and caches off (Linux Documentation/arm/booting.rst).
public struct ARMBootPlan: Sendable {
  /// What was recognised, for people.
  public let summary: String
  /// In the order in which they are stored.
  public let placements: [Placement]
  /// Where the CPU begins; bit 0 set begins in Thumb state.
  public let entry: UInt32
  /// r0, r1 and r2: zero, the machine's number, and where the device tree is.
  public let registers: [UInt32]

  /// Linux's number for the Integrator/CP.
  static let machineNumber: UInt32 = 0x113

  /// Places kernel, initial RAM disk and device tree: the kernel's own, or `tree`, which describes the board.
  ///
  /// - Throws: `BootError`.
  public init(_ request: BootRequest, tree: DeviceTree, ram: ARMMemory) throws(BootError) {
    let image = try ARMImage(request.kernel, ram: ram)
    guard request.modules.count <= 1 else { throw .tooManyModules(format: "Linux", count: request.modules.count) }
    // The kernel's limit with ATAGs and trees alike (COMMAND_LINE_SIZE).
    guard request.commandLine.utf8.count <= 1023 else {
      throw .commandLineTooLong(length: request.commandLine.utf8.count, limit: 1023)
    }
    var tree = tree
    var treeName = "the board's device tree"
    if let file = request.deviceTree {
      treeName = file.name
      tree = try DeviceTree(file)
    }
    try tree.setMemory([(0, ram.size)], file: treeName)
    let module = request.modules.first
    if let module, module.bytes.isEmpty { throw .empty(file: module.name) }
    let page: UInt64 = 0xfff
    let initrdSize = (UInt64(module?.bytes.count ?? 0) + page) & ~page
    // The addresses do not change the tree's size: it can be measured with any.
    try tree.setChosen(commandLine: request.commandLine, initrd: module == nil ? nil : 0..<0, file: treeName)
    let needs = initrdSize + (UInt64(tree.bytes.count) + page) & ~page
    // Half way up, or at 128 MiB, as boot loaders do; higher when the kernel will spread that far.
    let lowest = image.placements.map(\.range.upperBound).max() ?? 0
    let last = ram.size >= needs ? (ram.size - needs) & ~page : 0
    let wanted = max(min(ram.size / 2, 128 << 20), image.reach)
    let start = min((wanted + page) & ~page, last)
    guard last > 0, start >= lowest else {
      let room = ram.size - min(lowest, ram.size)
      throw .noRoom(file: module?.name ?? treeName, needs: needs, room: room, ram: ram.size)
    }
    var placements = image.placements
    if let module {
      let range = start..<start + UInt64(module.bytes.count)
      try tree.setChosen(commandLine: request.commandLine, initrd: range, file: treeName)
      placements.append(Placement("initial RAM disk", at: start, module.bytes))
    }
    let treeAt = start + initrdSize
    placements.append(Placement("device tree", at: treeAt, tree.bytes))
    summary = image.summary
    self.placements = placements
    entry = image.entry
    registers = [0, Self.machineNumber, UInt32(truncatingIfNeeded: treeAt)]
  }
}

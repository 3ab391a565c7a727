import ARM

/// Ways into an ARM board.
extension Machine {
  /// The RAM that a loader finds.
  var armMemory: ARMMemory {
    ARMMemory(
      size: board.memory.parts(of: UInt64(ram.size)).first?.size ?? 0,
      aliases: board.memory.windows.first?.aliases ?? [])
  }

  /// The device tree that describes this machine.
  public var deviceTree: DeviceTree { BoardTree.make(board, placed, ram: armMemory.size) }

  func armKernel(_ request: BootRequest) throws(BootError) -> any BootSource {
    ARMBoot(plan: try ARMBootPlan(request, tree: deviceTree, ram: armMemory))
  }

  /// Puts an image into the flash that answers at the reset vector.
  func armFirmware(name: String, _ bytes: [UInt8], kernel: BootRequest?) throws(BootError) -> any BootSource {
    guard !bytes.isEmpty else { throw .empty(file: name) }
    guard let flash = board.memory.roms.first(where: { $0.boot != nil }), let block = blocks[flash.name] else {
      throw .unsupported(file: name, reason: "\(board.name) has no flash to start from")
    }
    guard bytes.count <= block.size else {
      throw .unsupported(
        file: name, reason: "too large: it has \(bytes.count) bytes, the flash of \(board.name) \(block.size)")
    }
    guard kernel == nil else {
      throw .unsupported(
        file: name, reason: "firmware on \(board.name) finds its kernel itself: leave -bios or -kernel away")
    }
    block.write(0, count: bytes.count) { $0.copyMemory(from: bytes, byteCount: bytes.count) }
    return FlashBoot()
  }
}

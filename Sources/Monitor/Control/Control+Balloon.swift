import DeviceModel

/// The memory that the guest has given.
extension Control {
  private func balloon() throws(CommandError) -> any MemoryBalloon {
    for entry in machine.devices { if let balloon = entry.device as? any MemoryBalloon { return balloon } }
    throw CommandError(.deviceNotActive, "No balloon device has been activated")
  }

  /// Bytes of RAM that are left to the guest.
  func balloonSize() throws(CommandError) -> Int64 { Int64(machine.ram.size) - (try balloon().givenBytes) }

  /// Would like the guest to get along with `bytes` of its RAM.
  func setBalloon(_ bytes: Int64) throws(CommandError) {
    let balloon = try balloon()
    guard bytes > 0 else { throw CommandError("Parameter 'value' expects a size") }
    balloon.ask(for: max(0, Int64(machine.ram.size) - bytes))
  }

  /// What the guest has last said of its memory.
  func balloonStatistics() throws(CommandError) -> [(name: String, value: UInt64)] { try balloon().statistics }
}

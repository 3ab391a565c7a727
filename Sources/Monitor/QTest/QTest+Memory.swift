import GuestMemory

/// Memory in bulk. RAM goes as a whole; a device gets the widest accesses that it takes and that are aligned.
extension QTest {
  /// `size` bytes from `address` on.
  func read(_ address: UInt64, _ size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    var done = 0
    while done < size {
      let at = address &+ UInt64(done)
      let (count, isMemory) = piece(at, size - done)
      if isMemory {
        bytes += machine.memory.bytes(at, count: count)
      } else {
        let value = machine.memory.read(at, width: count)
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
      }
      done += count
    }
    return bytes
  }

  /// Writes `bytes` from `address` on.
  func write(_ bytes: [UInt8], _ address: UInt64) {
    var done = 0
    while done < bytes.count {
      let at = address &+ UInt64(done)
      let (count, isMemory) = piece(at, bytes.count - done)
      if isMemory {
        _ = bytes[done..<done + count].withUnsafeBytes { machine.memory.copyIn(at, from: $0) }
      } else {
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[done + index]) << UInt64(8 * index) }
        machine.memory.write(value, at, width: count)
      }
      done += count
    }
  }

  /// How many of the next `size` bytes go together, and whether they are in memory.
  private func piece(_ address: UInt64, _ size: Int) -> (count: Int, isMemory: Bool) {
    guard let span = machine.memory.span(at: address) else { return (1, false) }
    switch span.region.content {
    case .memory: return (Int(min(span.last - address, UInt64(size - 1))) + 1, true)
    case .hole: return (1, false)
    case .device(_, _, let widths):
      var width = min(8, widths.upperBound)
      while width > 1, width > size || address & UInt64(width - 1) != 0 { width >>= 1 }
      return (width, false)
    }
  }
}

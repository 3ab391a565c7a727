import Bits
import DeviceModel

/// Commands of the driver (Virtual I/O Device 1.2, 5.1.6.5).
extension VirtioNet {
  /// The longest command: tables of addresses, of which not all are kept.
  private static let commandLimit = 1 << 16

  func control(_ queue: Int) {
    drain(queue) { chain throws(VirtioFault) in
      guard chain.readable.count >= 2, chain.writable.count >= 1 else {
        throw .broken("a command of \(chain.readable.count) bytes with room for \(chain.writable.count)")
      }
      let bytes = chain.readable.bytes(port.memory, count: min(chain.readable.count, Self.commandLimit))
      let isDone = chain.readable.count <= Self.commandLimit && obey(bytes[0], bytes[1], Array(bytes.dropFirst(2)))
      if !isDone { port.site.guestError("command \(bytes[0]).\(bytes[1]) of \(bytes.count) bytes is not obeyed") }
      return chain.writable.write(port.memory, [isDone ? 0 : 1])
    }
    // The filter may let something through now, and to other queues.
    network?.resume()
  }

  /// Does what command `command` of a class wants; false when that cannot be.
  private func obey(_ group: UInt8, _ command: UInt8, _ data: [UInt8]) -> Bool {
    switch (group, command) {
    case (0, 0...1) where has(NetFeature.controlReceive), (0, 2...5) where has(NetFeature.controlReceiveMore):
      guard let value = data.first else { return false }
      setMode(command, value != 0)
    case (1, 0) where has(NetFeature.controlReceive): return setTables(data)
    case (1, 1) where has(NetFeature.controlAddress):
      guard data.count == 6 else { return false }
      state.current = HardwareAddress(data)
    case (2, 0...1) where has(NetFeature.controlVLAN):
      guard let vlan = Self.half(data), vlan < 4096 else { return false }
      state.filter.vlans[Int(vlan >> 3)].setBit(Int(vlan & 7), command == 0)
    case (3, 0) where has(NetFeature.announce): state.announces = false
    case (4, 0) where has(NetFeature.queues):
      guard let pairs = Self.half(data), (1...state.pairs).contains(pairs) else { return false }
      state.usedPairs = pairs
    default: return false
    }
    return true
  }

  private static func half(_ data: [UInt8]) -> UInt16? {
    data.count == 2 ? UInt16(data[0]) | UInt16(data[1]) << 8 : nil
  }

  private func setMode(_ command: UInt8, _ value: Bool) {
    switch command {
    case 0: state.filter.isPromiscuous = value
    case 1: state.filter.takesAllMulticast = value
    case 2: state.filter.takesAllUnicast = value
    case 3: state.filter.refusesMulticast = value
    case 4: state.filter.refusesUnicast = value
    default: state.filter.refusesBroadcast = value
    }
  }

  /// Two tables, of unicast and of multicast addresses, each with its length before it.
  private func setTables(_ data: [UInt8]) -> Bool {
    var at = 0
    func table() -> ArraySlice<UInt8>? {
      guard data.count - at >= 4 else { return nil }
      let count = (0..<4).reduce(0) { $0 | Int(data[at + $1]) << ($1 * 8) }
      guard count <= (data.count - at - 4) / 6 else { return nil }
      defer { at += 4 + 6 * count }
      return data[at + 4..<at + 4 + 6 * count]
    }
    guard let unicast = table(), let multicast = table(), at == data.count else { return false }
    func take(_ list: ArraySlice<UInt8>, _ queue: inout FixedQueue<64, HardwareAddress>, _ hasMore: inout Bool) {
      queue.removeAll()
      hasMore = list.count > 6 * NetFilter.limit
      guard !hasMore else { return }
      for start in stride(from: list.startIndex, to: list.endIndex, by: 6) {
        queue.append(HardwareAddress(data, at: start))
      }
    }
    take(unicast, &state.filter.unicast, &state.filter.hasMoreUnicast)
    take(multicast, &state.filter.multicast, &state.filter.hasMoreMulticast)
    return true
  }
}

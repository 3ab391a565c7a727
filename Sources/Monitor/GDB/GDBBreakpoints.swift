import Engine

/// The breakpoints and watchpoints that GDB has set, for all CPUs.
struct GDBBreakpoints {
  /// What a `Z` packet is about, by its number.
  enum Kind: UInt64 { case software, hardware, write, read, access }

  /// More than that many of each are refused.
  static let limit = 4096

  private var software: Set<UInt64> = []
  private var hardware: Set<UInt64> = []
  private var watches: [Watchpoint] = []

  /// Whether there is one at `address` that GDB thinks of as hardware, and none of the other kind.
  func isHardware(_ address: UInt64) -> Bool { hardware.contains(address) && !software.contains(address) }

  /// Sets or removes one; setting again what is set changes nothing.
  ///
  /// - Returns: whether it could be done.
  mutating func change(_ kind: Kind, at address: UInt64, length: UInt64, set: Bool) -> Bool {
    switch kind {
    case .software: Self.change(&software, address, set)
    case .hardware: Self.change(&hardware, address, set)
    case .write: change(.write, address, length, set)
    case .read: change(.read, address, length, set)
    case .access: change(.access, address, length, set)
    }
  }

  private static func change(_ list: inout Set<UInt64>, _ address: UInt64, _ set: Bool) -> Bool {
    guard set else {
      list.remove(address)
      return true
    }
    guard list.contains(address) || list.count < limit else { return false }
    list.insert(address)
    return true
  }

  private mutating func change(_ kind: Watchpoint.Kind, _ address: UInt64, _ length: UInt64, _ set: Bool) -> Bool {
    guard length > 0 else { return false }
    let point = Watchpoint(address: address, length: length, kind: kind)
    if !set {
      watches.removeAll { $0 == point }
    } else if !watches.contains(point) {
      guard watches.count < Self.limit else { return false }
      watches.append(point)
    }
    return true
  }

  /// Removes all.
  mutating func removeAll() { self = GDBBreakpoints() }

  /// Tells the CPUs.
  func apply(to cpus: [any ProcessorDebug]) {
    for cpu in cpus {
      cpu.setBreakpoints(software.union(hardware))
      cpu.setWatchpoints(watches)
    }
  }
}

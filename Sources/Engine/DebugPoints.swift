public import DeviceModel

/// What a debugger asked one CPU to stop at, and where it did.
public final class DebugPoints: HostSide {
  /// Addresses of instructions before which the CPU stops.
  public var breakpoints: Set<UInt64> = []
  /// What the CPU watches its accesses for.
  public var watchpoints: [Watchpoint] = []
  /// What it stopped at last.
  public private(set) var stop: DebugStop?
  /// Where, and after how many instructions, it stopped: there it goes on next time.
  private var passed: (address: UInt64, executed: UInt64)?
  /// The same for a watchpoint that stops before its access.
  private var passedAccess: UInt64?

  /// Nothing to stop at.
  public init() {}

  /// Whether there is a breakpoint at `address` that the CPU, which has executed `executed` instructions, has not
  /// stopped at just now.
  public func isHit(at address: UInt64, executed: UInt64) -> Bool {
    guard breakpoints.contains(address) else { return false }
    if let passed, passed == (address, executed) { return false }
    return true
  }

  /// Notes that the CPU stops at the breakpoint at `address`.
  public func stop(at address: UInt64, executed: UInt64) {
    stop = .breakpoint(address)
    passed = (address, executed)
  }

  /// Whether an access to `count` bytes at `start` touches a watched one.
  public func watches(_ start: UInt64, _ count: UInt64) -> Bool {
    watchpoints.contains { $0.touches(start, count) }
  }

  /// Notes that an access hits a watchpoint, if it does; one that the CPU stopped before just now does not.
  ///
  /// - Parameter executed: how many instructions came before the one that makes the access, where the CPU stops before
  ///   it.
  public func noteAccess(_ start: UInt64, _ count: UInt64, writing: Bool, before executed: UInt64? = nil) -> Bool {
    let hit = watchpoints.first { $0.kind != (writing ? .read : .write) && $0.touches(start, count) }
    guard let hit else { return false }
    if let executed {
      if passedAccess == executed { return false }
      passedAccess = executed
    }
    stop = .watchpoint(hit, address: start)
    return true
  }

  /// The CPU is elsewhere now: nothing is passed.
  public func forgetPassed() {
    passed = nil
    passedAccess = nil
  }
}

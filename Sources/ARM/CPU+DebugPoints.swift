import Engine

/// Where a debugger stops the CPU.
extension CPU {
  /// Whether the next instruction, at `address`, is one to stop before; then the run loop will.
  ///
  /// A page that is not there yet is fetched first, and the stop comes when the instruction could be executed.
  func stopsAtBreakpoint(_ address: UInt32) -> Bool {
    let owner = owner
    guard owner.debugPoints.isHit(at: UInt64(address), executed: owner.executed), lookUp(address) != nil else {
      return false
    }
    owner.debugPoints.stop(at: UInt64(address), executed: owner.executed)
    core.pointee.pending |= Pending.debug
    return true
  }

  /// Before an access of the program's, on the slow path, and before anything that cannot be done twice.
  ///
  /// - Throws: `watchpoint`, when a debugger wants to know of it.
  @inline(__always)
  func checkWatchpoints(_ address: UInt32, width: Int, writing: Bool) throws(Fault) {
    if core.pointee.hasWatchpoints, isWatched(address, width: width, writing: writing) { throw raise(.watchpoint) }
  }

  @inline(never)
  private func isWatched(_ address: UInt32, width: Int, writing: Bool) -> Bool {
    owner.debugPoints.noteAccess(UInt64(address), UInt64(width), writing: writing, before: owner.executed)
  }

  /// Whether a debugger watches any byte of the page: its accesses all take the slow path.
  func hasWatchpoint(_ page: UInt32) -> Bool {
    core.pointee.hasWatchpoints && owner.debugPoints.watches(UInt64(page), 0x1000)
  }
}

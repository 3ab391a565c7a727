import Engine

/// Where a debugger stops the CPU. The guest's own debug registers are apart from this.
extension CPU {
  /// Whether the next instruction, at `linear`, is one to stop before; then the run loop will.
  ///
  /// A page that is not there yet is fetched first, and the stop comes when the instruction could be executed.
  func stopsAtBreakpoint(_ linear: UInt64) -> Bool {
    let owner = owner
    guard owner.code.mayStop(at: linear), owner.debugPoints.isHit(at: linear, executed: owner.executed),
      lookUp(linear) != nil
    else { return false }
    owner.debugPoints.stop(at: linear, executed: owner.executed)
    core.pointee.pending |= Pending.debug
    return true
  }

  /// An access of the program's, on the slow path: stops after the present instruction, which may be as much of a
  /// repeated one as is executed at once.
  @inline(never)
  func checkWatchpoints(_ linear: UInt64, width: Int, writing: Bool) {
    guard core.pointee.pending & Pending.debug == 0,
      owner.debugPoints.noteAccess(linear, UInt64(width), writing: writing)
    else { return }
    core.pointee.pending |= Pending.debug
    stopBlock(after: 0)
  }

  /// Whether a debugger watches any byte of the page: its accesses all take the slow path.
  func hasWatchpoint(_ page: UInt64) -> Bool {
    core.pointee.hasWatchpoints && owner.debugPoints.watches(page, 0x1000)
  }
}

/// Time, which the client alone moves.
extension QTest {
  /// Moves the time by `nanoseconds`, or to when the next timer is due; not back.
  func step(_ nanoseconds: Int64?) throws(QTestFailure) {
    try checkClock()
    let now = machine.clock.now
    guard let nanoseconds else { return move(to: max(now, machine.clock.nextDeadline ?? now)) }
    move(to: now.addingReportingOverflow(max(0, nanoseconds)).overflow ? .max : now + max(0, nanoseconds))
  }

  /// Moves the time to `time` nanoseconds since power on; not back.
  func set(_ time: Int64) throws(QTestFailure) {
    try checkClock()
    move(to: max(machine.clock.now, time))
  }

  private func checkClock() throws(QTestFailure) {
    guard machine.isCommanded else { throw QTestFailure("The clock goes by itself without -accel qtest") }
  }
}

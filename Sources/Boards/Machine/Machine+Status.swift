/// What people ask first.
extension Machine {
  /// The number of the CPU that has its turn.
  public var currentCPU: Int { cpuSet.current }

  /// A few lines about the machine as it is.
  public var statusText: String {
    var text = "\(board.fullName): \(runState.rawValue), up "
    let milliseconds = clock.now / 1_000_000
    text += "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst()) s\n"
    for cpu in cpus {
      text += "CPU \(cpu.index): \(cpu.activity), \(cpu.executed) instructions\n"
    }
    return text
  }
}

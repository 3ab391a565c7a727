import Boards
import Glibc
import Host
import Snapshots

/// What the process ends with.
enum ExitStatus {
  static let hostError: Int32 = 1
  static let unusableArguments: Int32 = 2
  static let crashed: Int32 = 3

  /// Prints `error` as one line and ends the process.
  static func end(_ error: any Error) -> Never {
    Terminal.restore()
    let line = "\(error)".split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "; ")
    StandardError.write("ferry: \(line)\n")
    exit(error is HostError || error is SnapshotError ? hostError : unusableArguments)
  }

  /// Ends the process as the machine ended.
  static func end(_ end: MachineEnd) -> Never {
    Terminal.restore()
    switch end {
    case .powerOff, .reset, .quit: exit(0)
    case .exit(let status): exit(status)
    case .crash(let reason):
      StandardError.write("ferry: \(reason)\n")
      exit(crashed)
    case .signal(let number):
      Signals.end(by: number)
      exit(128 &+ number)
    }
  }
}

import Engine

/// The machine's CPUs, and whose turn it is.
final class CPUSet {
  var all: [any Processor] = []
  /// The one that executes now, or was the last to.
  var current = 0

  /// Instructions executed by all of them since power on.
  var executed: UInt64 {
    var sum: UInt64 = 0
    for cpu in all { sum &+= cpu.executed }
    return sum
  }
}

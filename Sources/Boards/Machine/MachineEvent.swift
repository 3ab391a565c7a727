public import Engine

/// What observers of a machine are told, on the machine's thread.
public enum MachineEvent: Equatable, Sendable {
  /// It stopped executing.
  case stopped(RunState)
  /// It executes again.
  case resumed
  /// A part of memory cannot be had, in the words of `MemoryLoss`: it stops, in the state `internal-error`.
  case memoryLost(String)
  /// It was reset; `byGuest` when the guest asked for it.
  case reset(String, byGuest: Bool)
  /// The power button was pressed.
  case powerDown
  /// `run` is about to return; nothing more happens.
  case ended(MachineEnd)
  /// A CPU stopped at a breakpoint or watchpoint, or has done its steps (`stop` is nil). `.stopped(.debug)` came
  /// before.
  case debug(cpu: Int, DebugStop?)
}

/// How a run of a machine ended.
public enum MachineEnd: Equatable, Sendable {
  /// The guest switched itself off.
  case powerOff
  /// The guest asked for a reset, and resets are to end the machine.
  case reset(String)
  /// The guest crashed, and resets are to end the machine.
  case crash(String)
  /// A debug exit device.
  case exit(Int32)
  /// Somebody on the host asked for it.
  case quit
  /// A signal asked for it.
  case signal(Int32)
}

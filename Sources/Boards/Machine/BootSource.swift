/// What a machine starts from: a kernel, or firmware.
public protocol BootSource {
  /// Puts everything where it belongs and sets up the CPUs; devices and CPUs have just been reset. It succeeds
  /// always or never.
  func place(in machine: Machine) throws(BoardError)
}

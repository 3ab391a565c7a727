public import DeviceModel

/// How a board is to be equipped.
public struct MachineSetup {
  /// Bytes of RAM; nil takes the board's default.
  public var memory: UInt64?
  /// How many CPUs.
  public var cpus = 1
  /// Nil takes the board's default.
  public var cpuModel: String?
  /// What time is made of.
  public var clock = ClockMode.host
  /// How guest code is executed; nil leaves it to the host and the CPUs.
  public var accelerator: Accelerator?
  /// Several CPUs execute at once, each on a thread of the host's, instead of taking turns on one: with host code, and with the
  /// host's clock. It is no part of the machine.
  public var isParallel = false
  /// Wall-clock time at power on, nanoseconds since 1970; nil takes a fixed moment, so that a run can be repeated.
  public var epoch: Int64?
  /// A reset ends the machine instead.
  public var noReboot = false
  /// Devices beside those of the board, as `-device` asks for them.
  public var devices: [DeviceRequest] = []
  /// Host resources by the names that the board file and `-device` use for them.
  public var backends: [String: any HostSide] = [:]

  public init() {}
}

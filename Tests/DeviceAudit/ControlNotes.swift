public import DeviceModel

/// What a device asked of the machine.
public final class ControlNotes: MachineControl {
  public private(set) var resets: [String] = []

  public init() {}

  public func requestReset(_ reason: String) { resets.append(reason) }
  public func requestPowerOff() {}
  public func requestExit(status: Int32) {}
  public func requestCrash(_ reason: String) {}
}

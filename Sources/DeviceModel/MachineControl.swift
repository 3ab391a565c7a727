/// What a device can ask of the machine as a whole. Requests take effect when the present instruction has
/// ended.
public protocol MachineControl: AnyObject, HostSide {
  /// A system reset: every device and CPU goes back to its reset state; RAM stays.
  func requestReset(_ reason: String)
  /// The guest powered itself off.
  func requestPowerOff()
  /// The guest ends the emulator with an exit status, as a debug exit device does.
  func requestExit(status: Int32)
  /// The guest asked for nothing more but crashed; `reason` says how.
  func requestCrash(_ reason: String)
}

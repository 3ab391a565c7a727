public import GuestMemory
public import SavedState

/// A device on a board: its state, things of the host, and nothing third.
///
/// Stored properties are `state` and values of types that are `HostSide`; an audit holds every model to it.
public protocol Device: BusTarget, SendableMetatype {
  associatedtype State: DeviceState
  static var model: Model { get }
  /// The programmer's view, for people; empty when registers are not reached by address.
  static var registers: [RegisterRow] { get }
  var state: State { get set }
  /// Builds one in its reset state. `site` must outlive it.
  init(_ site: Site)
  /// The level of input line `index` (as in `Model.inputs`) is now `level`.
  func input(_ index: Int, _ level: Bool)
  /// System reset: as after power on, but `fixed` rows and what a battery keeps stay.
  func reset()
  /// Recomputes derived state from saved state, drives lines and arms timers again: after a load, and
  /// wherever the device itself finds it convenient. Calling it twice does what calling it once does.
  func settle()
}

extension Device {
  public static var registers: [RegisterRow] { [] }
  public func input(_ index: Int, _ level: Bool) {}
  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { .max }
  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {}
}

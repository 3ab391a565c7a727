import DeviceModel

/// The host of a machine that is built to be looked at and never runs.
final class IdleHost: HostEvents {
  var monotonic: Int64 { 0 }
  var isCongested: Bool { false }

  func poll(timeout: Int64?) {}
}

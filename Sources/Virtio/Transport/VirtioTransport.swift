public import SavedState

/// What a virtio transport in memory keeps between its device and a driver: the registers of 4.2.2 that are not a
/// queue's (Virtual I/O Device 1.2), and those of the legacy interface (4.2.4).
public struct VirtioTransport: DeviceState {
  /// The interface: 2, or 1 for the legacy one.
  public internal(set) var version: UInt32 = 2
  /// The features that the device offers.
  public internal(set) var features: UInt64 = 0
  /// Which half of them DeviceFeatures shows: 0, 1, or none.
  var featuresSelect: UInt32 = 0
  /// The features that the driver has taken.
  public internal(set) var driverFeatures: UInt64 = 0
  /// Which half of them DriverFeatures sets.
  var driverFeaturesSelect: UInt32 = 0
  /// The queue that the queue registers are about.
  var queueSelect: UInt32 = 0
  /// Bits of `VirtioStatus`.
  var status: UInt8 = 0
  /// Bit 0: a used buffer, bit 1: the configuration has changed.
  var interruptStatus: UInt8 = 0
  /// Counts changes of the configuration.
  var configGeneration: UInt32 = 0
  /// The shared memory region that is asked for; there is none.
  var sharedSelect: UInt32 = 0
  /// Legacy: bytes in the driver's pages.
  var guestPageSize: UInt32 = 0
  /// Queues that are to be looked at again, by bit: memory was to come when the device wanted to.
  var waiting: UInt64 = 0

  public init() {}

  public static let table = StateTable<VirtioTransport>("virtio-transport") {
    fixed(\.version)
    fixed(\.features, doc: "offered")
    saved(\.featuresSelect)
    saved(\.driverFeatures)
    saved(\.driverFeaturesSelect)
    saved(\.queueSelect)
    saved(\.status)
    saved(\.interruptStatus, in: 0...3)
    saved(\.configGeneration)
    saved(\.sharedSelect)
    subsection("legacy") {
      saved(\.guestPageSize)
    } when: {
      $0.guestPageSize != 0
    }
    subsection("awaited") {
      saved(\.waiting, doc: "queues")
    } when: {
      $0.waiting != 0
    }
  }

  /// Whether the driver has taken `feature`.
  public func has(_ feature: UInt64) -> Bool { driverFeatures & feature != 0 }

  /// Whether the interface is the legacy one.
  public var isLegacy: Bool { version == 1 }

  /// Whether queues may be used: the driver says so, and has broken nothing since.
  public var isLive: Bool {
    status & VirtioStatus.needsReset == 0
      && status & (isLegacy ? VirtioStatus.driver : VirtioStatus.driverOK) != 0
  }

  /// As it is after the machine's reset: what is offered stays.
  mutating func reset() {
    let before = self
    self = VirtioTransport()
    version = before.version
    features = before.features
  }

  /// As it is after the driver has reset the device: the count of changes stays, too, and the size of pages, which
  /// legacy drivers say before that.
  mutating func driverReset() {
    let before = self
    reset()
    configGeneration = before.configGeneration
    guestPageSize = before.guestPageSize
  }
}

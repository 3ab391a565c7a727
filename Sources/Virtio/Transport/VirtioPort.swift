public import DeviceModel
public import GuestMemory

/// What a device behind a virtio transport holds of the host.
public final class VirtioPort: HostSide {
  /// The device's place on the board.
  public let site: Site
  /// What its queues are in.
  public let memory: AddressSpace
  let irq: Line
  /// Looks again at queues for which memory was to come.
  let retry: Timer

  /// The port of a device at `site`.
  public init(_ site: Site) {
    self.site = site
    memory = site.memory
    irq = site.line("irq")
    retry = site.clock.makeTimer()
  }

  /// Nanoseconds between looks at what could not be done at once.
  private static let pause: Int64 = 100_000

  /// Fires `retry` soon, and later than now: the guest has its turn before. It does so at the same moment wherever the machine
  /// is by then.
  func retrySoon() { retry.set((max(0, site.clock.now) / Self.pause + 1) * Self.pause) }

  /// The transport as the parameters of `model` make it, with `features` of the device's own.
  public func transport(_ model: Model, _ kind: VirtioKind, features: UInt64 = 0) -> VirtioTransport {
    var transport = VirtioTransport()
    transport.features = kind.features | features
    if site.flag("indirect_desc", model) { transport.features |= VirtioFeatures.indirect }
    if site.flag("event_idx", model) { transport.features |= VirtioFeatures.eventIndex }
    if site.flag("force-legacy", model) {
      transport.version = 1
      // The interface has 32 bits for them.
      transport.features &= 0xffff_ffff
    } else {
      transport.features |= VirtioFeatures.version1
      if site.flag("packed", model) { transport.features |= VirtioFeatures.packed }
    }
    return transport
  }
}

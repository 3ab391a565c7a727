public import DeviceModel

/// A device behind a virtio transport in memory: its own state, configuration space and queues. The rest is here.
public protocol VirtioDevice: Device where State: VirtioState {
  /// What the transport has to know of it.
  static var kind: VirtioKind { get }
  /// How many of the queues of its kind it has.
  var queueCount: Int { get }
  /// What it holds of the host.
  var port: VirtioPort { get }
  /// The configuration space, little endian.
  var configuration: [UInt8] { get }
  /// The driver has written `bytes` at `offset` of the configuration space.
  func configurationWritten(_ offset: Int, _ bytes: [UInt8])
  /// The state that a reset makes of `state`: what is fixed stays.
  func afterReset(_ state: State) -> State
  /// There may be something in queue number `queue`, which is ready, as the device is.
  ///
  /// It is called again for the same when memory was to come, so nothing may have happened then.
  func service(_ queue: Int)
  /// The driver or the machine resets the device: what is under way is given up. The state is replaced after that.
  func stop()
  /// After a load, and after every reset: makes what the host has of the device fit its state.
  func attach()
}

extension VirtioDevice {
  public var configuration: [UInt8] { [] }
  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) {}
  public func afterReset(_ state: State) -> State { State() }
  public func stop() {}
  public func attach() {}

  public var queueCount: Int { Self.kind.queueSizes.count }

  public func reset() {
    stop()
    var next = afterReset(state)
    next.transport = state.transport
    next.transport.reset()
    state = next
    settle()
  }

  /// What the driver's reset does: of a device that a driver has used nothing is left but what it is.
  func driverReset() {
    stop()
    var next = afterReset(state)
    next.transport = state.transport
    next.transport.driverReset()
    state = next
    settle()
  }

  public func settle() {
    port.irq.set(state.transport.interruptStatus != 0)
    port.retry.onFire = { [unowned self] in serviceWaiting() }
    if state.transport.waiting != 0 { port.retrySoon() } else { port.retry.cancel() }
    attach()
  }

  // MARK: Telling the driver

  /// The driver has broken something: the device does nothing more for it before it is reset (2.1.2).
  public func fail(_ reason: String) {
    port.site.guestError("\(reason): the device needs a reset")
    stop()
    state.transport.waiting = 0
    guard state.transport.status & VirtioStatus.needsReset == 0 else { return }
    let wasRunning = state.transport.isLive
    state.transport.status |= VirtioStatus.needsReset
    if wasRunning { interrupt(2) }
  }

  /// The configuration space is another now.
  public func configurationChanged() {
    state.transport.configGeneration &+= 1
    if state.transport.isLive { interrupt(2) }
  }

  func interrupt(_ bit: UInt8) {
    state.transport.interruptStatus |= bit
    port.irq.set(true)
  }
}

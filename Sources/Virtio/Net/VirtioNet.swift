public import DeviceModel

/// A virtio network device (Virtual I/O Device 1.2, 5.1).
///
/// A frame that it takes from a driver has left when it is looked at; one for the driver waits at the host until there
/// are buffers for it. So nothing is under way when a machine is saved.
public final class VirtioNet: VirtioDevice {
  public static let model = Model.virtio(
    "virtio-net-device", "virtio network interface",
    parameters: [
      ParameterModel("mac", .ethernetAddress, default: "52:54:00:12:34:56", "its address"),
      ParameterModel("csum", .flag, default: "on", "completes checksums for the driver"),
      ParameterModel("guest_csum", .flag, default: "on", "tells the driver which checksums are known to be right"),
      ParameterModel("host_tso4", .flag, default: "on", "cuts long frames of TCP over IPv4 for the driver"),
      ParameterModel("host_tso6", .flag, default: "on", "the same over IPv6"),
      ParameterModel("guest_tso4", .flag, default: "on", "gives the driver several TCP segments as one frame"),
      ParameterModel("mrg_rxbuf", .flag, default: "on", "a frame may have several buffers"),
      ParameterModel("status", .flag, default: "on", "tells whether the link is up"),
      ParameterModel("ctrl_vq", .flag, default: "on", "takes commands: filters, the address, queues"),
      ParameterModel("guest_announce", .flag, default: "on", "has the driver tell its neighbours after a move"),
      ParameterModel("mq", .flag, default: "off", "has \(pairLimit) pairs of queues"),
      ParameterModel(
        "host_mtu", .integer(0...65535), default: "0", "bytes of the longest packet; 0 says nothing of it"),
    ], backends: ["netdev"])
  public static let kind = VirtioKind(id: 1, queueSizes: Array(repeating: 256, count: 2 * pairLimit + 1))
  static let pairLimit = 4

  public typealias State = VirtioNetState

  public var state = VirtioNetState()
  public let port: VirtioPort
  let network: (any NetworkBackend)?

  public init(_ site: Site) {
    port = VirtioPort(site)
    network = site.backend("netdev")
    state.address = site.ethernetAddress("mac", Self.model).bytes
    state.current.bytes = state.address
    state.isLinkUp = network?.isLinkUp ?? true
    let mtu = site.integer("host_mtu", Self.model)
    state.mtu = mtu > 0 ? UInt16(clamping: max(68, mtu)) : 0
    let features = Self.features(site, hasMTU: mtu > 0)
    state.pairs = features & NetFeature.queues != 0 ? UInt16(Self.pairLimit) : 1
    state.transport = port.transport(Self.model, Self.kind, features: features)
    network?.onFrame = { [weak self] in self?.receive($0) ?? true }
    network?.onLink = { [weak self] in self?.linkMayHaveChanged() }
    network?.segments = SegmentTaker(
      limit: { [weak self] in self?.segmentLimit ?? 0 },
      take: { [weak self] in self?.receive($0, segments: $1) ?? true })
  }

  private static func features(_ site: Site, hasMTU: Bool) -> UInt64 {
    var features = NetFeature.address
    for (name, bits) in [
      ("csum", NetFeature.checksum), ("guest_csum", NetFeature.guestChecksum), ("mrg_rxbuf", NetFeature.mergeable),
      ("status", NetFeature.status), ("host_tso4", NetFeature.hostTCP4), ("host_tso6", NetFeature.hostTCP6),
      ("guest_tso4", NetFeature.guestTCP4),
    ] where site.flag(name, model) { features |= bits }
    // These go without a checksum until they are cut (5.1.3.1).
    if features & NetFeature.checksum == 0 { features &= ~(NetFeature.hostTCP4 | NetFeature.hostTCP6) }
    if features & NetFeature.guestChecksum == 0 { features &= ~NetFeature.guestTCP4 }
    if hasMTU { features |= NetFeature.mtu }
    // All of these are commands.
    guard site.flag("ctrl_vq", model) else { return features }
    features |=
      NetFeature.control | NetFeature.controlReceive | NetFeature.controlReceiveMore | NetFeature.controlVLAN
      | NetFeature.controlAddress
    if site.flag("guest_announce", model) { features |= NetFeature.announce }
    if site.flag("mq", model) { features |= NetFeature.queues }
    return features
  }

  public func afterReset(_ state: State) -> State {
    var next = State()
    next.address = state.address
    next.current.bytes = state.address
    next.pairs = state.pairs
    next.mtu = state.mtu
    next.isLinkUp = network?.isLinkUp ?? true
    return next
  }

  public var queueCount: Int { 2 * Int(min(state.pairs, UInt16(Self.pairLimit))) + (hasControl ? 1 : 0) }

  private var hasControl: Bool { state.transport.features & NetFeature.control != 0 }

  // MARK: Configuration

  public var configuration: [UInt8] {
    let status: UInt16 = (state.isLinkUp ? 1 : 0) | (state.announces ? 2 : 0)
    return state.current.list
      + [status, state.pairs, state.mtu].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) {
    // The legacy interface's way of setting the address; others have a command for it.
    guard !has(VirtioFeatures.version1), offset + bytes.count <= 6 else {
      return port.site.guestError("the configuration space cannot be written at \(Site.hex(offset))")
    }
    for (index, byte) in bytes.enumerated() { state.current.bytes[offset + index] = byte }
  }

  private func linkMayHaveChanged() {
    let isUp = network?.isLinkUp ?? true
    guard isUp != state.isLinkUp else { return }
    state.isLinkUp = isUp
    configurationChanged()
  }

  // MARK: Queues

  /// Where commands are: behind the queues that were agreed on.
  private var controlQueue: Int { has(NetFeature.queues) ? 2 * Int(state.pairs) : 2 }

  public func service(_ queue: Int) {
    if queue == controlQueue, has(NetFeature.control) {
      control(queue)
    } else if queue > 1, !has(NetFeature.queues) {
      port.site.guestError("queue \(queue) was not agreed on")
    } else if queue & 1 != 0 {
      transmit(queue)
    } else {
      network?.resume()
    }
  }
}

extension VirtioNet: NetworkInterface {
  public func machineHasMoved() {
    guard let network else { return }
    let wasUp = state.isLinkUp
    state.isLinkUp = network.isLinkUp
    if state.isLinkUp, state.transport.isLive, has(NetFeature.announce), has(NetFeature.control) {
      state.announces = true
    }
    if state.announces || state.isLinkUp != wasUp { configurationChanged() }
  }
}

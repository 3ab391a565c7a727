import CSlirp
public import DeviceModel
import Glibc

/// A network of the guest's own behind the host's sockets (libslirp): what the guest sends becomes connections of this
/// process.
///
/// Its connections are the host's and stay where they are. A machine that goes on elsewhere, or in an earlier state, has
/// what the DHCP server has given, and finds its TCP connections broken off, so that its programs know.
public final class UserNetwork: NetworkEnd, NetworkMemory {
  /// What was asked for.
  public let option: UserNetworkOption
  /// The ports that lead to the guest.
  public private(set) var forwards: [PortForward] = []
  private var slirp: OpaquePointer?
  private let callbacks = UnsafeMutablePointer<SlirpCb>.allocate(capacity: 1)
  private var timers: [SlirpTimer] = []
  private var connections = TCPConnections()
  /// The poller's while `slirp_pollfds_fill` and `slirp_pollfds_poll` run.
  private var polled = PolledDescriptors()

  /// A network as `option` describes it.
  public init(name: String, poller: Poller, time: NetworkTime, _ option: UserNetworkOption) throws(HostError) {
    self.option = option
    callbacks.initialize(to: SlirpCb())
    super.init(name: name, poller: poller, time: time)
    if let folder = option.tftp, Glibc.access(folder, R_OK | X_OK) != 0 {
      throw HostError("netdev \(name): tftp=\(folder): \(String(cString: strerror(errno)))")
    }
    setCallbacks()
    try start()
    for forward in option.forwards { try add(forward) }
  }

  deinit {
    if let slirp { slirp_cleanup(slirp) }
    callbacks.deallocate()
  }

  public override var summary: String {
    "user,net=\(option.networkText)\(option.isRestricted ? ",restrict=on" : "")"
  }

  public override var hasRightChecksums: Bool { true }

  // MARK: libslirp

  private var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  fileprivate static func of(_ opaque: UnsafeMutableRawPointer?) -> UserNetwork? {
    opaque.map { Unmanaged<UserNetwork>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setCallbacks() {
    callbacks.pointee.send_packet = { bytes, count, opaque in
      UserNetwork.of(opaque)?.arrived(UnsafeRawBufferPointer(start: bytes, count: count))
      return count
    }
    callbacks.pointee.guest_error = { _, _ in }
    callbacks.pointee.clock_get_ns = { UserNetwork.of($0)?.time.now ?? 0 }
    callbacks.pointee.timer_new = { callback, argument, opaque in
      let timer = SlirpTimer { callback?(argument) }
      UserNetwork.of(opaque)?.timers.append(timer)
      return Unmanaged.passUnretained(timer).toOpaque()
    }
    callbacks.pointee.timer_free = { timer, opaque in
      UserNetwork.of(opaque)?.timers.removeAll { Unmanaged.passUnretained($0).toOpaque() == timer }
    }
    callbacks.pointee.timer_mod = { timer, deadline, _ in
      if let timer { Unmanaged<SlirpTimer>.fromOpaque(timer).takeUnretainedValue().deadline = deadline }
    }
    callbacks.pointee.register_poll_fd = { _, _ in }
    callbacks.pointee.unregister_poll_fd = { _, _ in }
    callbacks.pointee.notify = { _ in }
  }

  private func start() throws(HostError) {
    var strings: [UnsafeMutablePointer<CChar>] = []
    // libslirp copies what it needs.
    defer { for string in strings { free(string) } }
    func text(_ text: String?) -> UnsafePointer<CChar>? {
      guard let text, let copy = strdup(text) else { return nil }
      strings.append(copy)
      return UnsafePointer(copy)
    }
    var configuration = SlirpConfig()
    configuration.version = 1
    configuration.restricted = option.isRestricted ? 1 : 0
    configuration.in_enabled = option.hasIPv4
    configuration.vnetwork = option.network.inAddress
    configuration.vnetmask = option.mask.inAddress
    configuration.vhost = option.host.inAddress
    configuration.vdhcp_start = option.dhcpStart.inAddress
    configuration.vnameserver = option.dns.inAddress
    configuration.in6_enabled = option.hasIPv6
    // Site-local, as QEMU has it: fec0::/64, the router at 2 and the name server at 3.
    inet_pton(AF_INET6, "fec0::", &configuration.vprefix_addr6)
    configuration.vprefix_len = 64
    inet_pton(AF_INET6, "fec0::2", &configuration.vhost6)
    inet_pton(AF_INET6, "fec0::3", &configuration.vnameserver6)
    configuration.vhostname = text(option.hostName)
    configuration.vdomainname = text(option.domainName)
    configuration.tftp_server_name = text(option.tftpServerName)
    configuration.tftp_path = text(option.tftp)
    configuration.bootfile = text(option.bootFile)
    var search: [UnsafePointer<CChar>?] = option.searchList.map(text) + [nil]
    slirp = search.withUnsafeMutableBufferPointer { list in
      configuration.vdnssearch = option.searchList.isEmpty ? nil : list.baseAddress
      return slirp_new(&configuration, callbacks, opaque)
    }
    guard slirp != nil else { throw HostError("netdev \(name): libslirp makes no such network") }
  }

  // MARK: Forwarded ports

  /// Has a port of the host lead to one of the guest.
  public func add(_ forward: PortForward) throws(HostError) {
    guard listen(forward) else {
      throw HostError("netdev \(name): hostfwd=\(forward): \(String(cString: strerror(errno)))")
    }
    forwards.append(forward)
  }

  private func listen(_ forward: PortForward) -> Bool {
    slirp_add_hostfwd(
      slirp, forward.isUDP ? 1 : 0, forward.host.inAddress, Int32(forward.hostPort), forward.guest.inAddress,
      Int32(forward.guestPort)) == 0
  }

  /// Takes that back, for `[tcp|udp]:[HOSTADDR]:HOSTPORT`.
  public func removeForward(_ text: String) throws(OptionError) {
    guard let (isUDP, host, port) = PortForward.host(text) else {
      throw OptionError("\(text): expected [tcp|udp]:[HOSTADDR]:HOSTPORT")
    }
    guard let index = forwards.firstIndex(where: { $0.begins(isUDP, host, port) }) else {
      throw OptionError("host forwarding rule for \(text) not found")
    }
    slirp_remove_hostfwd(slirp, isUDP ? 1 : 0, host.inAddress, Int32(port))
    forwards.remove(at: index)
  }

  // MARK: Frames

  override func transmit(_ frame: [UInt8]) {
    connections.note(frame, fromGuest: true)
    frame.withUnsafeBufferPointer { slirp_input(slirp, $0.baseAddress, Int32($0.count)) }
  }

  private func arrived(_ bytes: UnsafeRawBufferPointer) {
    let frame = [UInt8](bytes)
    connections.note(frame, fromGuest: false)
    receive(frame)
  }

  // MARK: The poller

  override func prepare(_ polled: inout PolledDescriptors, _ timeout: inout Int64?) {
    super.prepare(&polled, &timeout)
    // What comes while the machine stands still waits in the host's sockets.
    guard !time.stands else { return }
    var milliseconds = timeout.map { UInt32(clamping: $0 / 1_000_000 + ($0 % 1_000_000).signum()) } ?? .max
    let before = milliseconds
    if hasRoom {
      slirp_pollfds_fill(
        slirp, &milliseconds,
        { descriptor, events, opaque in
          Int32(truncatingIfNeeded: UserNetwork.of(opaque)?.polled.add(descriptor, UserNetwork.events(events)) ?? 0)
        }, opaque)
      swap(&polled, &self.polled)
      self.polled = PolledDescriptors()
    }
    let now = time.now / 1_000_000
    for deadline in timers.compactMap(\.deadline) {
      milliseconds = min(milliseconds, UInt32(clamping: max(0, deadline - now)))
    }
    if milliseconds < before { timeout = Int64(milliseconds) * 1_000_000 }
  }

  override func handle(_ polled: PolledDescriptors) {
    guard !time.stands else { return }
    self.polled = polled
    slirp_pollfds_poll(
      slirp, polled.hasFailed ? 1 : 0,
      { index, opaque in UserNetwork.happened(UserNetwork.of(opaque)?.polled.happened(Int(index)) ?? 0) }, opaque)
    self.polled = PolledDescriptors()
    let now = time.now / 1_000_000
    for timer in timers {
      guard let deadline = timer.deadline, deadline <= now else { continue }
      timer.deadline = nil
      timer.fire()
    }
    super.handle(polled)
  }

  /// Bits of libslirp (`SLIRP_POLL_…`) and of poll(2).
  private static let bits: [(Int32, Int32)] = [(1, POLLIN), (2, POLLOUT), (4, POLLPRI), (8, POLLERR), (16, POLLHUP)]

  private static func events(_ wanted: Int32) -> Int32 {
    // Errors and hang-ups are told anyway.
    bits.prefix(3).reduce(0) { $0 | (wanted & $1.0 != 0 ? $1.1 : 0) }
  }

  private static func happened(_ events: Int32) -> Int32 { bits.reduce(0) { $0 | (events & $1.1 != 0 ? $1.0 : 0) } }

  // MARK: Moves

  /// The version of libslirp's form of its state, that state, and the connections, each of the latter two with its
  /// length before it.
  public func saveMemory() -> [UInt8] {
    let state = savedState
    return Self.word(UInt32(slirp_state_version())) + Self.word(UInt32(state.count)) + state + connections.bytes
  }

  private static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> UInt32(24 - $0 * 8) & 0xff) } }

  private var savedState: [UInt8] {
    let sink = ByteSink()
    slirp_state_save(
      slirp,
      { bytes, count, opaque in
        if let opaque {
          Unmanaged<ByteSink>.fromOpaque(opaque).takeUnretainedValue().bytes += UnsafeRawBufferPointer(
            start: bytes, count: count)
        }
        return count
      }, Unmanaged.passUnretained(sink).toOpaque())
    return sink.bytes
  }

  /// What `memory` holds; nil when it is of another form.
  private static func parts(_ memory: [UInt8]) -> (version: UInt32, state: [UInt8], connections: TCPConnections)? {
    guard memory.count >= 8 else { return nil }
    func word(_ at: Int) -> UInt32 { memory[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    guard Int(word(4)) <= memory.count - 8 else { return nil }
    let end = 8 + Int(word(4))
    guard let connections = TCPConnections(Array(memory[end...])) else { return nil }
    return (word(0), Array(memory[8..<end]), connections)
  }

  public func refusal(of memory: [UInt8]) -> String? {
    guard !memory.isEmpty else { return nil }
    guard let parts = Self.parts(memory) else { return "what was saved of the network is no state of libslirp" }
    let mine = UInt32(slirp_state_version())
    guard (1...mine).contains(parts.version) else {
      return "the network's state is of version \(parts.version) of libslirp's, which knows 1 to \(mine) here"
    }
    // Of this version it has one size. The first byte says that no forwarded commands follow, of which there are none:
    // what there is to read is known before the library reads it.
    guard parts.version == mine ? parts.state.count == savedState.count : true, parts.state.first == 0 else {
      return "the network's state is no state of libslirp of version \(parts.version)"
    }
    return nil
  }

  public func loadMemory(_ memory: [UInt8]) {
    if let slirp { slirp_cleanup(slirp) }
    slirp = nil
    timers.removeAll()
    forgetWaiting()
    connections = TCPConnections()
    do throws(HostError) {
      try start()
    } catch {
      preconditionFailure("a network that could be made once can be made again: \(error)")
    }
    forwards = forwards.filter { forward in
      if listen(forward) { return true }
      StandardError.write("ferry: netdev \(name): hostfwd=\(forward) is gone: \(String(cString: strerror(errno)))\n")
      return false
    }
    guard refusal(of: memory) == nil, let parts = Self.parts(memory) else { return }
    let source = ByteSink()
    // More than the library reads: it takes what is missing for its own mistake.
    source.bytes = parts.state + [UInt8](repeating: 0, count: 4096)
    let result = slirp_state_load(
      slirp, Int32(parts.version),
      { target, count, opaque in
        guard let opaque, let target else { return 0 }
        let source = Unmanaged<ByteSink>.fromOpaque(opaque).takeUnretainedValue()
        let part = source.bytes.prefix(count)
        UnsafeMutableRawBufferPointer(start: target, count: part.count).copyBytes(from: part)
        source.bytes.removeFirst(part.count)
        return part.count
      }, Unmanaged.passUnretained(source).toOpaque())
    if result < 0 { StandardError.write("ferry: netdev \(name): libslirp does not take its state back\n") }
    connections = parts.connections
    for reset in connections.resets { receive(reset) }
  }
}

/// Bytes that C code adds to, or takes from.
private final class ByteSink {
  var bytes: [UInt8] = []
}

import Glibc

/// Where peers of a control protocol come from: a socket that many may connect to, a connection of our own, or a
/// descriptor that was inherited.
public final class ControlSocket {
  /// The most peers at a time.
  public static let maximumPeers = 128

  /// Where it listens, or what it is connected to.
  public let kind: BackendKind
  private let name: String
  private let poller: Poller
  private let open: (ControlChannel) -> any ControlSession
  private var listener: Watch?
  private var pending: Watch?
  private var channels: [ObjectIdentifier: ControlChannel] = [:]
  private var path: String?
  /// A pty's other side, kept open so that nobody's leaving is a hang-up.
  private var terminal: Int32?

  /// Opens what `kind` says: `server`, `client`, `descriptor`, `stdio` or `pty`; `name` is what it is for. Each peer
  /// gets the session that `open` makes.
  ///
  /// - Throws: `HostError` when it cannot be opened, `OptionError` for other kinds.
  public init(
    name: String, poller: Poller, _ kind: BackendKind, _ open: @escaping (ControlChannel) -> any ControlSession
  ) throws {
    self.name = name
    self.poller = poller
    self.kind = kind
    self.open = open
    switch kind {
    case .server(let address, _):
      listen(try ListeningSocket.open(address, name: name))
      if case .unix(let path) = address { self.path = path }
    case .client(let address, let reconnect):
      do throws(HostError) {
        try startConnecting(address, reconnect)
      } catch {
        guard reconnect > 0 else { throw HostError("\(name): \(error)") }
        connectLater(address, reconnect)
      }
    case .descriptor(let descriptor, let isServer):
      try Self.prepare(descriptor, name)
      if isServer { listen(descriptor) } else { take(descriptor) }
    case .stdio:
      if isatty(0) == 1 { try Terminal.enterRaw() }
      take(Terminal.ownDescriptor(0, O_RDONLY), writing: Terminal.ownDescriptor(1, O_WRONLY))
    case .pty:
      let (master, terminal, path) = try PTYBackend.open(name)
      StandardError.write("ferry: \(name) is at \(path)\n")
      self.terminal = terminal
      take(master)
    case .null, .file, .named:
      throw OptionError("\(name): a control protocol needs a socket, a pty or stdio")
    }
  }

  deinit {
    if let listener {
      poller.remove(listener)
      close(listener.descriptor)
    }
    if let path { unlink(path) }
    if let terminal { close(terminal) }
    if let pending {
      poller.remove(pending)
      close(pending.descriptor)
    }
    for channel in channels.values {
      channel.onClose = nil
      channel.close()
    }
  }

  /// How many peers there are.
  public var peers: Int { channels.count }

  /// The port a TCP server listens at.
  public var port: UInt16? { listener.flatMap { ListeningSocket.port(of: $0.descriptor) } }

  /// Waits until somebody is connected, or the process was asked to end.
  public func waitForPeer() {
    while channels.isEmpty, Signals.pending == nil { poller.poll(timeout: nil) }
  }

  /// Makes an inherited descriptor one of ours.
  static func prepare(_ descriptor: Int32, _ name: String) throws(HostError) {
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw HostError("\(name): descriptor \(descriptor): \(String(cString: strerror(errno)))")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  private func listen(_ descriptor: Int32) {
    listener = poller.watch(descriptor, .read) { [unowned self] _ in acceptPeer() }
  }

  private func acceptPeer() {
    guard let listener else { return }
    let peer = accept(listener.descriptor, nil, nil)
    guard peer >= 0 else {
      // Out of descriptors: the poller would otherwise say again and again that somebody waits.
      if errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS { rest() }
      return
    }
    _ = fcntl(peer, F_SETFL, O_NONBLOCK)
    _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
    take(peer)
    if channels.count >= Self.maximumPeers { listener.wants = [] }
  }

  private func rest() {
    listener?.wants = []
    poller.after(100_000_000) { [weak self] in self?.listenAgain() }
  }

  private func listenAgain() {
    if channels.count < Self.maximumPeers { listener?.wants = .read }
  }

  private func take(_ reading: Int32, writing: Int32? = nil, _ onClose: (() -> Void)? = nil) {
    // A socket that is none refuses the option, and needs it not.
    var on: Int32 = 1
    setsockopt(reading, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let channel = ControlChannel(poller: poller, reading: reading, writing: writing ?? reading, open)
    guard channel.isOpen else { return }
    let id = ObjectIdentifier(channel)
    channels[id] = channel
    channel.onClose = { [weak self] in
      self?.channels[id] = nil
      self?.listenAgain()
      onClose?()
    }
  }

  // MARK: Clients

  private func startConnecting(_ address: SocketAddress, _ reconnect: Int) throws(HostError) {
    let (descriptor, isDone) = try address.open(listening: false) { descriptor, place, size -> (Int32, Bool)? in
      if connect(descriptor, place, size) == 0 { return (descriptor, true) }
      return errno == EINPROGRESS ? (descriptor, false) : nil
    }
    if isDone { return connected(descriptor, address, reconnect) }
    pending = poller.watch(descriptor, .write) { [unowned self] _ in finishConnecting(address, reconnect) }
  }

  private func connected(_ descriptor: Int32, _ address: SocketAddress, _ reconnect: Int) {
    take(descriptor) { [weak self] in if reconnect > 0 { self?.connectLater(address, reconnect) } }
  }

  private func finishConnecting(_ address: SocketAddress, _ reconnect: Int) {
    guard let watch = pending else { return }
    poller.remove(watch)
    pending = nil
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(watch.descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    if error == 0 { return connected(watch.descriptor, address, reconnect) }
    close(watch.descriptor)
    if reconnect > 0 {
      connectLater(address, reconnect)
    } else {
      StandardError.write("ferry: \(name): \(address): \(String(cString: strerror(error)))\n")
    }
  }

  private func connectLater(_ address: SocketAddress, _ reconnect: Int) {
    poller.after(Int64(reconnect) * 1_000_000_000) { [weak self] in
      guard let self, self.channels.isEmpty, self.pending == nil else { return }
      do throws(HostError) {
        try self.startConnecting(address, reconnect)
      } catch {
        self.connectLater(address, reconnect)
      }
    }
  }
}

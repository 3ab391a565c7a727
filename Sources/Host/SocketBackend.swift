import Glibc

/// A stream socket: a server that takes one client at a time, or a client.
public final class SocketBackend: StreamBackend {
  /// Where it listens, or what it connects to.
  public let address: SocketAddress
  private let reconnectDelay: Int64
  private var listener: Watch?
  private var connection: Int32 = -1
  private var pending: Watch?

  /// Listens at `address`, and takes the next client whenever one has left.
  public init(name: String, poller: Poller, listeningAt address: SocketAddress) throws(HostError) {
    self.address = address
    reconnectDelay = 0
    super.init(name: name, poller: poller, isLossless: false)
    listen(try ListeningSocket.open(address, name: name))
  }

  /// A socket that the process was given: a connection, or one that listens.
  public init(name: String, poller: Poller, descriptor: Int32, isServer: Bool) throws(HostError) {
    address = .unix("")
    reconnectDelay = 0
    super.init(name: name, poller: poller, isLossless: false)
    try ControlSocket.prepare(descriptor, name)
    if isServer { listen(descriptor) } else { established(descriptor) }
  }

  private func listen(_ descriptor: Int32) {
    listener = poller.watch(descriptor, .read) { [unowned self] _ in acceptClient() }
  }

  /// Connects to `address`; when the connection ends, tries again every `reconnect` seconds (0: never).
  public init(name: String, poller: Poller, connectingTo address: SocketAddress, reconnect: Int = 0) throws(HostError) {
    self.address = address
    reconnectDelay = Int64(reconnect) * 1_000_000_000
    super.init(name: name, poller: poller, isLossless: false)
    do throws(HostError) {
      try startConnecting()
    } catch {
      guard reconnect > 0 else { throw HostError("\(name): \(error)") }
      connectLater()
    }
    // A refusal should be known before the guest runs.
    while reconnect == 0, connection < 0 {
      guard pending != nil else { throw HostError("\(name): \(address): \(String(cString: strerror(errno)))") }
      poller.poll(timeout: nil)
    }
  }

  deinit {
    if let listener {
      poller.remove(listener)
      close(listener.descriptor)
      if case .unix(let path) = address, !path.isEmpty { unlink(path) }
    }
    if let pending {
      poller.remove(pending)
      close(pending.descriptor)
    }
    if connection >= 0 { close(connection) }
  }

  /// The port a TCP server listens at.
  public var port: UInt16? { listener.flatMap { ListeningSocket.port(of: $0.descriptor) } }

  /// Waits until somebody is connected, or the process was asked to end.
  public func waitForClient() {
    while !isConnected, Signals.pending == nil { poller.poll(timeout: nil) }
  }

  private func acceptClient() {
    guard let listener else { return }
    let client = Glibc.accept(listener.descriptor, nil, nil)
    guard client >= 0 else { return }
    _ = fcntl(client, F_SETFL, O_NONBLOCK)
    _ = fcntl(client, F_SETFD, FD_CLOEXEC)
    listener.wants = []
    established(client)
  }

  private func established(_ descriptor: Int32) {
    if case .tcp = address {
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    connection = descriptor
    connect(reading: descriptor, writing: descriptor)
  }

  private func startConnecting() throws(HostError) {
    let (descriptor, isDone) = try address.open(listening: false) { descriptor, place, size -> (Int32, Bool)? in
      if Glibc.connect(descriptor, place, size) == 0 { return (descriptor, true) }
      return errno == EINPROGRESS ? (descriptor, false) : nil
    }
    if isDone { return established(descriptor) }
    pending = poller.watch(descriptor, .write) { [unowned self] _ in finishConnecting(descriptor) }
  }

  private func finishConnecting(_ descriptor: Int32) {
    if let pending { poller.remove(pending) }
    pending = nil
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    if error == 0 { return established(descriptor) }
    close(descriptor)
    if reconnectDelay > 0 { connectLater() }
    errno = error
  }

  private func connectLater() {
    poller.after(reconnectDelay) { [weak self] in
      guard let self, !self.isConnected, self.pending == nil else { return }
      do throws(HostError) { try self.startConnecting() } catch { self.connectLater() }
    }
  }

  override func ended(error: Int32) {
    disconnect()
    if connection >= 0 { close(connection) }
    connection = -1
    listener?.wants = .read
    if listener == nil, reconnectDelay > 0 { connectLater() }
  }
}

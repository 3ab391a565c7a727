import Glibc

/// One connection at a time at an address: the next client of a socket that listens, or one that is made, and made again
/// when it has ended.
final class PeerSocket {
  /// Where it listens, or what it connects to; an empty path where the process was given the socket.
  let address: SocketAddress
  /// What it is for, in messages.
  private let name: String
  private let poller: Poller
  private let isServer: Bool
  private let reconnectDelay: Int64
  private var listener: Watch?
  private var pending: Watch?
  /// The connection; -1 while there is none.
  private(set) var descriptor: Int32 = -1
  /// Why the last attempt to connect failed, by its number.
  private var failure: Int32 = 0
  /// Takes a new connection, which stays this object's to close.
  var onPeer: (Int32) -> Void = { _ in }

  /// How long a process without free descriptors waits before it asks for the next client.
  private static let pause: Int64 = 1_000_000_000

  /// Listens at `address`, and takes the next client whenever one has left.
  init(name: String, poller: Poller, listeningAt address: SocketAddress) {
    self.name = name
    self.poller = poller
    self.address = address
    isServer = true
    reconnectDelay = 0
  }

  /// Connects to `address`; where nobody is there, or the other side leaves, tries again every `reconnect` seconds (0:
  /// never).
  init(name: String, poller: Poller, connectingTo address: SocketAddress, reconnect: Int) {
    self.name = name
    self.poller = poller
    self.address = address
    isServer = false
    reconnectDelay = Int64(reconnect) * 1_000_000_000
  }

  /// A socket that the process was given: a connection, or one that listens.
  init(name: String, poller: Poller, descriptor: Int32, isServer: Bool) throws(HostError) {
    try ControlSocket.prepare(descriptor, name)
    self.name = name
    self.poller = poller
    address = .unix("")
    self.isServer = isServer
    reconnectDelay = 0
    if isServer { listen(descriptor) } else { self.descriptor = descriptor }
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
    if descriptor >= 0 { close(descriptor) }
  }

  /// Begins, once `onPeer` is set. A refusal is known when it returns.
  func start() throws(HostError) {
    if descriptor >= 0 { return onPeer(descriptor) }
    guard listener == nil else { return }
    if isServer { return listen(try ListeningSocket.open(address, name: name)) }
    do throws(HostError) {
      try connect()
    } catch {
      guard reconnectDelay > 0 else { throw HostError("\(name): \(error)") }
      connectLater()
    }
    while reconnectDelay == 0, descriptor < 0 {
      guard pending != nil else { throw HostError("\(name): \(address): \(String(cString: strerror(failure)))") }
      poller.poll(timeout: nil)
    }
  }

  /// The port a TCP server listens at.
  var port: UInt16? { listener.flatMap { ListeningSocket.port(of: $0.descriptor) } }

  /// The connection has ended, and nobody watches it any more.
  func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    listener?.wants = .read
    if !isServer { connectLater() }
  }

  // MARK: A server

  private func listen(_ descriptor: Int32) {
    listener = poller.watch(descriptor, .read) { [unowned self] _ in accept() }
  }

  private func accept() {
    guard let listener else { return }
    let client = Glibc.accept(listener.descriptor, nil, nil)
    guard client >= 0 else {
      guard errno == EMFILE || errno == ENFILE else { return }
      // It would be asked again and again.
      listener.wants = []
      poller.after(Self.pause) { [weak self] in
        if let self, self.descriptor < 0 { self.listener?.wants = .read }
      }
      return
    }
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
    self.descriptor = descriptor
    onPeer(descriptor)
  }

  // MARK: A client

  private func connect() throws(HostError) {
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
    failure = error
    close(descriptor)
    connectLater()
  }

  private func connectLater() {
    guard reconnectDelay > 0 else { return }
    poller.after(reconnectDelay) { [weak self] in
      guard let self, self.descriptor < 0, self.pending == nil else { return }
      do throws(HostError) { try self.connect() } catch { self.connectLater() }
    }
  }
}

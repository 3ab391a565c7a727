/// A stream socket: a server that takes one client at a time, or a client.
public final class SocketBackend: StreamBackend {
  private let socket: PeerSocket

  /// Listens at `address`, and takes the next client whenever one has left.
  public convenience init(name: String, poller: Poller, listeningAt address: SocketAddress) throws(HostError) {
    try self.init(name, poller, PeerSocket(name: name, poller: poller, listeningAt: address))
  }

  /// A socket that the process was given: a connection, or one that listens.
  public convenience init(name: String, poller: Poller, descriptor: Int32, isServer: Bool) throws(HostError) {
    try self.init(
      name, poller, try PeerSocket(name: name, poller: poller, descriptor: descriptor, isServer: isServer))
  }

  /// Connects to `address`; when the connection ends, tries again every `reconnect` seconds (0: never).
  public convenience init(
    name: String, poller: Poller, connectingTo address: SocketAddress, reconnect: Int = 0
  ) throws(HostError) {
    try self.init(
      name, poller, PeerSocket(name: name, poller: poller, connectingTo: address, reconnect: reconnect))
  }

  private init(_ name: String, _ poller: Poller, _ socket: PeerSocket) throws(HostError) {
    self.socket = socket
    super.init(name: name, poller: poller, isLossless: false)
    socket.onPeer = { [unowned self] in connect(reading: $0, writing: $0) }
    try socket.start()
  }

  // Nothing watches a descriptor that is closed.
  deinit { disconnect() }

  /// Where it listens, or what it connects to.
  public var address: SocketAddress { socket.address }

  /// The port a TCP server listens at.
  public var port: UInt16? { socket.port }

  /// Waits until somebody is connected, or the process was asked to end.
  public func waitForClient() {
    while !isConnected, Signals.pending == nil { poller.poll(timeout: nil) }
  }

  override func ended(error: Int32) {
    disconnect()
    socket.end()
  }
}

import Glibc

/// A cable to another emulator over a stream socket: each frame with its length before it, in 32 bits, the highest byte
/// first, as QEMU's `-netdev socket` has it.
///
/// The link is up while somebody is connected. A peer that says what cannot be is cut off; one that does not read
/// loses frames.
public final class SocketNetwork: NetworkEnd {
  /// Bytes for a peer that does not read, before frames are dropped.
  static let outputLimit = 1 << 20

  private let socket: PeerSocket
  private let isServer: Bool
  private var reader: Watch?
  private var writer: Watch?
  private var input = ByteQueue()
  private var output = ByteQueue()
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Listens at `address`, and takes the next peer whenever one has left.
  public convenience init(
    name: String, poller: Poller, time: NetworkTime, listeningAt address: SocketAddress
  ) throws(HostError) {
    let socket = PeerSocket(name: "netdev \(name)", poller: poller, listeningAt: address)
    try self.init(name, poller, time, socket, isServer: true)
  }

  /// Connects to `address`; where nobody is there, or the peer leaves, tries again every `reconnect` seconds (0: never).
  public convenience init(
    name: String, poller: Poller, time: NetworkTime, connectingTo address: SocketAddress, reconnect: Int
  ) throws(HostError) {
    let socket = PeerSocket(name: "netdev \(name)", poller: poller, connectingTo: address, reconnect: reconnect)
    try self.init(name, poller, time, socket, isServer: false)
  }

  private init(
    _ name: String, _ poller: Poller, _ time: NetworkTime, _ socket: PeerSocket, isServer: Bool
  ) throws(HostError) {
    self.socket = socket
    self.isServer = isServer
    super.init(name: name, poller: poller, time: time)
    linkMayHaveChanged()
    socket.onPeer = { [unowned self] in established($0) }
    try socket.start()
  }

  // Nothing watches a descriptor that is closed.
  deinit { disconnect() }

  public override var summary: String { "socket,\(isServer ? "listen" : "connect")=\(socket.address)" }
  override var isConnected: Bool { reader != nil }

  /// The port a TCP server listens at.
  public var port: UInt16? { socket.port }

  // MARK: Connections

  private func established(_ descriptor: Int32) {
    input.removeAll()
    output.removeAll()
    reader = poller.watch(descriptor, .read) { [unowned self] _ in readAvailable(descriptor) }
    writer = poller.watch(descriptor, []) { [unowned self] _ in flush() }
    linkMayHaveChanged()
  }

  private func disconnect() {
    if let reader { poller.remove(reader) }
    if let writer { poller.remove(writer) }
    reader = nil
    writer = nil
  }

  /// The peer is gone, or was cut off.
  private func ended() {
    disconnect()
    linkMayHaveChanged()
    socket.end()
  }

  // MARK: Frames

  override func transmit(_ frame: [UInt8]) {
    guard output.count + frame.count + 4 <= Self.outputLimit else { return drop() }
    for shift in [24, 16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: UInt32(frame.count) >> shift)) }
    output.append(contentsOf: frame)
    if output.count >= 1 << 16 { flush() }
  }

  private func flush() {
    while let writer, !output.isEmpty {
      let count = output.withBytes { Glibc.send(writer.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count > 0 {
        output.removeFirst(count)
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        return ended()
      }
    }
  }

  private func readAvailable(_ descriptor: Int32) {
    // A peer without end has its turn and no more.
    for _ in 0..<16 where hasRoom && reader != nil {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count > 0 else {
        if count == 0 || errno != EAGAIN && errno != EINTR { ended() }
        return
      }
      input.append(contentsOf: buffer[..<count])
      guard takeFrames() else {
        return cutOff()
      }
      guard count == buffer.count else { return }
    }
  }

  private func cutOff() {
    StandardError.write("ferry: netdev \(name): the peer sends what is no frame, and is cut off\n")
    ended()
  }

  /// Takes the frames that are there whole, as far as there is room; false when one cannot be.
  private func takeFrames() -> Bool {
    while input.count >= 4, hasRoom {
      let length = input.withBytes { $0.prefix(4).reduce(0) { $0 << 8 | Int($1) } }
      guard (14...Self.frameLimit).contains(length) else { return false }
      guard input.count >= 4 + length else { return true }
      let frame = input.withBytes { Array($0[4..<4 + length]) }
      input.removeFirst(4 + length)
      receive(frame)
    }
    return true
  }

  // MARK: The poller

  override func prepare(_ polled: inout PolledDescriptors, _ timeout: inout Int64?) {
    // Those that there was no room for.
    if reader != nil, !takeFrames() { cutOff() }
    super.prepare(&polled, &timeout)
    if !output.isEmpty { flush() }
    writer?.wants = output.isEmpty ? [] : .write
    reader?.wants = hasRoom ? .read : []
  }
}

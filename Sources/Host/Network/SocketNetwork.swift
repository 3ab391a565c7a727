import Glibc

/// A cable to another emulator over a stream socket: each frame with its length before it, in 32 bits, the highest byte
/// first, as QEMU's `-netdev socket` has it.
///
/// The link is up while somebody is connected. A peer that says what cannot be is cut off; one that does not read
/// loses frames.
public final class SocketNetwork: NetworkEnd {
  /// Bytes for a peer that does not read, before frames are dropped.
  static let outputLimit = 1 << 20

  /// Where it listens, or what it connects to.
  public let address: SocketAddress
  private let reconnectDelay: Int64
  private let isServer: Bool
  private var listener: Watch?
  private var pending: Watch?
  private var reader: Watch?
  private var writer: Watch?
  private var input = ByteQueue()
  private var output = ByteQueue()
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Listens at `address`, and takes the next peer whenever one has left.
  public init(name: String, poller: Poller, time: NetworkTime, listeningAt address: SocketAddress) throws(HostError) {
    self.address = address
    reconnectDelay = 0
    isServer = true
    super.init(name: name, poller: poller, time: time)
    let descriptor = try ListeningSocket.open(address, name: "netdev \(name)")
    linkMayHaveChanged()
    listener = poller.watch(descriptor, .read) { [unowned self] _ in acceptPeer() }
  }

  /// Connects to `address`; where nobody is there, or the peer leaves, tries again every `reconnect` seconds (0: never).
  public init(
    name: String, poller: Poller, time: NetworkTime, connectingTo address: SocketAddress, reconnect: Int
  ) throws(HostError) {
    self.address = address
    reconnectDelay = Int64(reconnect) * 1_000_000_000
    isServer = false
    super.init(name: name, poller: poller, time: time)
    linkMayHaveChanged()
    do throws(HostError) {
      try startConnecting()
    } catch {
      guard reconnect > 0 else { throw HostError("netdev \(name): \(error)") }
      connectLater()
    }
    // A refusal should be known before the guest runs.
    while reconnect == 0, reader == nil {
      guard pending != nil else {
        throw HostError("netdev \(name): \(address): \(String(cString: strerror(errno)))")
      }
      poller.poll(timeout: nil)
    }
  }

  deinit {
    if let listener {
      poller.remove(listener)
      close(listener.descriptor)
      if case .unix(let path) = address { unlink(path) }
    }
    if let pending {
      poller.remove(pending)
      close(pending.descriptor)
    }
    disconnect()
  }

  public override var summary: String { "socket,\(isServer ? "listen" : "connect")=\(address)" }
  override var isConnected: Bool { reader != nil }

  /// The port a TCP server listens at.
  public var port: UInt16? { listener.flatMap { ListeningSocket.port(of: $0.descriptor) } }

  // MARK: Connections

  private func acceptPeer() {
    guard let listener else { return }
    let peer = accept(listener.descriptor, nil, nil)
    guard peer >= 0 else {
      guard errno == EMFILE || errno == ENFILE else { return }
      // It would be asked again and again.
      listener.wants = []
      poller.after(1_000_000_000) { [weak self] in
        if self?.reader == nil { self?.listener?.wants = .read }
      }
      return
    }
    _ = fcntl(peer, F_SETFL, O_NONBLOCK)
    _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
    listener.wants = []
    established(peer)
  }

  private func established(_ descriptor: Int32) {
    if case .tcp = address {
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    input.removeAll()
    output.removeAll()
    reader = poller.watch(descriptor, .read) { [unowned self] _ in readAvailable(descriptor) }
    writer = poller.watch(descriptor, []) { [unowned self] _ in flush() }
    linkMayHaveChanged()
  }

  private func startConnecting() throws(HostError) {
    let (descriptor, isDone) = try address.open(listening: false) { descriptor, place, size -> (Int32, Bool)? in
      if connect(descriptor, place, size) == 0 { return (descriptor, true) }
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
    connectLater()
    errno = error
  }

  private func connectLater() {
    guard reconnectDelay > 0 else { return }
    poller.after(reconnectDelay) { [weak self] in
      guard let self, self.reader == nil, self.pending == nil else { return }
      do throws(HostError) { try self.startConnecting() } catch { self.connectLater() }
    }
  }

  private func disconnect() {
    guard let reader else { return }
    poller.remove(reader)
    if let writer { poller.remove(writer) }
    close(reader.descriptor)
    self.reader = nil
    writer = nil
  }

  /// The peer is gone, or was cut off.
  private func ended() {
    disconnect()
    linkMayHaveChanged()
    listener?.wants = .read
    connectLater()
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

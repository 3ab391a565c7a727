import Glibc
import Synchronization

/// A stream of bytes both ways for one thread that waits for it; other threads may interrupt the wait.
public final class Connection: @unchecked Sendable {
  private let ends: ConnectionEnds
  private let wake: Wake
  /// What all bytes go through once the connection is secured.
  private(set) var session: TLSSession?
  /// A process at the other end, whose end is waited for.
  private let child: Int32?

  /// Lets threads out of waits, once and for all.
  public final class Wake: Sendable {
    private let bell: Bell
    private let rung = Atomic<Bool>(false)

    /// - Throws: `HostError` when the host has no descriptors.
    public init() throws(HostError) { bell = try Bell() }

    var descriptor: Int32 { bell.descriptor }

    /// Whether it was rung.
    public var isRung: Bool { rung.load(ordering: .acquiring) }

    /// Ends all waits, now and later.
    public func ring() {
      rung.store(true, ordering: .releasing)
      bell.ring()
    }
  }

  /// Takes `descriptor` over, which is connected; with `writing` that is the way out. `wake` ends its waits.
  public init(taking descriptor: Int32, writing: Int32? = nil, wake: Wake, child: Int32? = nil) {
    self.wake = wake
    self.child = child
    let (reading, writing) = (descriptor, writing ?? descriptor)
    var kind: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    let isSocket = getsockopt(writing, SOL_SOCKET, SO_TYPE, &kind, &size) == 0
    ends = ConnectionEnds(reading: reading, writing: writing, isSocket: isSocket)
    for end in Set([reading, writing]) {
      let flags = fcntl(end, F_GETFL)
      _ = fcntl(end, F_SETFL, flags | O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    guard isSocket else { return }
    var on: Int32 = 1
    setsockopt(writing, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    // Some networks forget a connection over which nothing goes.
    setsockopt(writing, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
    var idle: Int32 = 30
    setsockopt(writing, Int32(IPPROTO_TCP), TCP_KEEPIDLE, &idle, socklen_t(MemoryLayout<Int32>.size))
    // The host makes TCP's queues as long as it pays, up to some MiB, unless somebody says how long they are.
    var family: Int32 = 0
    size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(writing, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0, family == AF_UNIX else { return }
    var room: Int32 = 4 << 20
    setsockopt(ends.writing, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    setsockopt(reading, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit {
    session?.close()
    close(ends.reading)
    if ends.writing != ends.reading { close(ends.writing) }
    if let child { ShellCommand.reap(child) }
  }

  /// Connects to `address` and waits until that is done, at the latest at `deadline` on the monotonic clock.
  public static func open(_ address: SocketAddress, wake: Wake, deadline: Int64) throws(HostError) -> Connection {
    let (descriptor, isDone) = try address.open(listening: false) { descriptor, place, size -> (Int32, Bool)? in
      if connect(descriptor, place, size) == 0 { return (descriptor, true) }
      return errno == EINPROGRESS ? (descriptor, false) : nil
    }
    let connection = Connection(taking: descriptor, wake: wake)
    guard !isDone else { return connection }
    do throws(ConnectionLoss) {
      try connection.wait(descriptor, POLLOUT, deadline)
    } catch {
      throw HostError("\(address): \(error)")
    }
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    guard error == 0 else { throw HostError("\(address): \(String(cString: strerror(error)))") }
    return connection
  }

  /// Waits until `descriptor` is ready for `events`.
  private func wait(
    _ descriptor: Int32, _ events: Int32, _ deadline: Int64, or bell: Bell? = nil
  ) throws(ConnectionLoss) {
    var entries = [
      pollfd(fd: descriptor, events: Int16(events), revents: 0),
      pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: bell?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      if wake.isRung { throw .interrupted }
      let left = deadline - HostClock.monotonic
      guard left > 0 else { throw .timedOut }
      let count = poll(&entries, 3, Int32(clamping: left / 1_000_000 + 1))
      if count < 0, errno != EINTR { throw .failed(String(cString: strerror(errno))) }
      if count > 0, entries[1].revents != 0 { throw .interrupted }
      if count > 0, entries[0].revents != 0 || entries[2].revents != 0 { return }
    }
  }

  /// Waits for `nanoseconds`, or until it is interrupted.
  public func pause(_ nanoseconds: Int64) throws(ConnectionLoss) {
    do throws(ConnectionLoss) {
      try wait(-1, 0, HostClock.monotonic + nanoseconds)
    } catch .timedOut {
      return
    }
  }

  /// Whether there is something to be read, or the end, now.
  public var hasInput: Bool {
    if let session { return session.hasInput }
    var entry = pollfd(fd: ends.reading, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }

  /// Waits until something can be read or `bell` is rung, at the latest until `deadline`.
  ///
  /// - Returns: whether something can be read.
  public func waitForInput(or bell: Bell, deadline: Int64) throws(ConnectionLoss) -> Bool {
    if hasInput { return true }
    try wait(ends.reading, POLLIN, deadline, or: bell)
    return hasInput
  }

  /// Waits until `bell` is rung, whatever comes, at the latest until `deadline`.
  public func wait(for bell: Bell, deadline: Int64) throws(ConnectionLoss) {
    try wait(bell.descriptor, POLLIN, deadline)
  }

  /// Has the host hold at most about `size` bytes that the other end has not taken: what is written last gets there
  /// sooner.
  public func limitQueue(_ size: Int32) {
    var room = size
    setsockopt(ends.writing, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Reads what has come, at least a byte, waiting for it until `deadline`.
  public func read(into target: UnsafeMutableRawBufferPointer, deadline: Int64) throws(ConnectionLoss) -> Int {
    if let session {
      var count = 0
      try finish(deadline) { () throws(ConnectionLoss) in try session.read(into: target, count: &count) }
      return count
    }
    while true {
      if wake.isRung { throw .interrupted }
      if let count = try ends.read(into: target) { return count }
      try wait(ends.reading, POLLIN, deadline)
    }
  }

  /// Writes all of `bytes`; `more` follow at once. When it throws, `written` of them are out.
  ///
  /// A secured connection takes no more bytes once this has thrown, and those that are not out never get there.
  public func write(
    _ bytes: UnsafeRawBufferPointer, more: Bool = false, deadline: Int64, written: inout Int
  ) throws(ConnectionLoss) {
    written = 0
    if let session { return try write(bytes, through: session, more: more, deadline, &written) }
    while written < bytes.count {
      if wake.isRung { throw .interrupted }
      if let count = try ends.write(UnsafeRawBufferPointer(rebasing: bytes[written...]), more: more) {
        written += count
      } else {
        try wait(ends.writing, POLLOUT, deadline)
      }
    }
  }

  // MARK: TLS

  /// From now on all bytes go through TLS 1.3. It is called once, before anything is read or written, and comes back
  /// when both sides have shown who they are, at the latest at `deadline` on the monotonic clock.
  ///
  /// A client may hear only from what it reads next that the server does not accept its certificate.
  ///
  /// - Throws: `.failed` with what is wrong and what can be done; `.interrupted`. The connection is of no use then.
  public func secure(_ credentials: TLSCredentials, as role: TLSRole, deadline: Int64) throws(ConnectionLoss) {
    precondition(session == nil, "the connection is secured already")
    let session: TLSSession
    do throws(HostError) {
      session = try TLSSession(credentials, role, ends)
    } catch {
      throw .failed("\(error)")
    }
    self.session = session
    do throws(ConnectionLoss) {
      try finish(deadline) { () throws(ConnectionLoss) in try session.shakeHands() }
    } catch {
      let loss =
        error == .timedOut ? .failed("TLS: the handshake took too long; does the other side use TLS?") : error
      session.giveUp(loss)
      throw loss
    }
  }

  /// Calls `body` until it is done, and waits in between as it wants.
  private func finish(
    _ deadline: Int64, _ body: () throws(ConnectionLoss) -> TLSSession.Step
  ) throws(ConnectionLoss) {
    while true {
      if wake.isRung { throw .interrupted }
      switch try body() {
      case .done: return
      case .input: try wait(ends.reading, POLLIN, deadline)
      case .output: try wait(ends.writing, POLLOUT, deadline)
      case .again: if HostClock.monotonic >= deadline { throw .timedOut }
      }
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, through session: TLSSession, more: Bool, _ deadline: Int64, _ written: inout Int
  ) throws(ConnectionLoss) {
    do throws(ConnectionLoss) {
      while written < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
        let record = UnsafeRawBufferPointer(rebasing: rest.prefix(TLSSession.record))
        let isLast = record.count == rest.count
        try finish(deadline) { () throws(ConnectionLoss) in try session.write(record, more: more || !isLast) }
        written += record.count
      }
    } catch {
      session.stopWriting(error)
      throw error
    }
  }
}

import Glibc

/// The bytes of one peer of a control protocol, bounded both ways, and its turn among others.
///
/// A peer that does not read its answers is not read either; one whose events alone overflow the output is cut off.
public final class ControlChannel: Worker {
  /// How many bytes are read at a time.
  static let chunk = 16 << 10
  /// With this much output waiting no command is carried out.
  static let outputRoom = 64 << 10
  /// With this much output waiting a peer to which an event is sent is cut off.
  static let eventRoom = 1 << 20
  /// How long a peer that has said its last may take to read its answers, in nanoseconds.
  static let patience: Int64 = 10_000_000_000

  /// What has come and is not handled yet; sessions take from its front.
  public var input = ByteQueue()
  /// With this much input waiting no more is read. A session that even so finds no whole message can never find one:
  /// its peer is cut off.
  public var inputRoom = 64 << 10
  public var isScheduled = false
  /// While a command takes its time: nothing more is read or carried out, and the channel stays.
  public var isHeld = false {
    didSet { if !isHeld { poller.schedule(self) } }
  }
  /// What the bytes mean.
  public private(set) var session: (any ControlSession)?
  /// Called once when the channel has been closed.
  var onClose: (() -> Void)?
  private let poller: Poller
  private let reading: Int32
  private let writing: Int32
  private var reader: Watch?
  private var writer: Watch?
  private(set) var output = ByteQueue()
  private var canRead = false
  private var isBlocked = false
  /// The peer has closed its side, or is not listened to any more.
  private var hasEnded = false
  private var closesWhenSent = false
  private var isFinished = false
  /// Bytes sent, to see that a slow peer is not a dead one.
  private var sent: UInt64 = 0
  private var isTimed = false

  /// A channel over descriptors that become its own and are non-blocking; they may be the same one.
  ///
  /// `open` makes its session, which may send something at once.
  public init(poller: Poller, reading: Int32, writing: Int32, _ open: (ControlChannel) -> any ControlSession) {
    self.poller = poller
    self.reading = reading
    self.writing = writing
    reader = poller.watch(reading, .read) { [unowned self] _ in
      canRead = true
      reader?.wants = []
      poller.schedule(self)
    }
    writer = poller.watch(writing, []) { [unowned self] _ in
      isBlocked = false
      writer?.wants = []
      poller.schedule(self)
    }
    poller.attach(self)
    session = open(self)
  }

  /// Whether the peer can still be told something.
  public var isOpen: Bool { writer != nil }
  var hasOutput: Bool { isOpen && !output.isEmpty }

  /// Sends an answer. Commands are carried out one at a time and only while there is room, so answers need no bound of
  /// their own.
  public func send(_ bytes: some Sequence<UInt8>) {
    guard isOpen else { return }
    output.append(contentsOf: bytes)
    poller.schedule(self)
  }

  /// Sends what nobody asked for; a peer that does not read and has too much waiting is cut off.
  public func sendEvent(_ bytes: some Collection<UInt8>) {
    guard isOpen else { return }
    guard output.count + bytes.count <= Self.eventRoom else { return close() }
    send(bytes)
  }

  /// Listens no more, and closes when what was sent has gone.
  public func closeWhenSent() {
    closesWhenSent = true
    stopReading()
    poller.schedule(self)
  }

  /// Closes at once.
  public func close() {
    guard isOpen else { return }
    if let reader { poller.remove(reader) }
    if let writer { poller.remove(writer) }
    reader = nil
    writer = nil
    Glibc.close(reading)
    if writing != reading { Glibc.close(writing) }
    input.removeAll()
    output.removeAll()
    poller.detach(self)
    session?.ended()
    session = nil
    onClose?()
    onClose = nil
  }

  /// The program is about to end: only what is waiting is still sent.
  func finish() {
    isFinished = true
    stopReading()
  }

  private func stopReading() {
    hasEnded = true
    canRead = false
    reader?.wants = []
  }

  // MARK: Steps

  public func step() -> Bool {
    guard isOpen, let session else { return false }
    if output.count >= Self.outputRoom {
      // Answers first; without room for them nothing is done.
      guard !isBlocked else { return false }
      flush()
      return isOpen && (!isBlocked || output.count < Self.outputRoom)
    }
    if !isFinished, !closesWhenSent, !isHeld, session.step(self) { return isOpen }
    guard isOpen else { return false }
    if isHeld, !isFinished {
      if !output.isEmpty, !isBlocked { flush() }
      return isOpen && !output.isEmpty && !isBlocked
    }
    if !hasEnded {
      guard input.count < inputRoom else {
        close()
        return false
      }
      if canRead {
        read()
        return isOpen
      }
      reader?.wants = .read
    }
    if !output.isEmpty, !isBlocked { flush() }
    if isOpen, hasEnded, !isFinished, output.isEmpty { close() }
    return isOpen && !output.isEmpty && !isBlocked
  }

  private func read() {
    canRead = false
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
      let got = Glibc.read(reading, buffer.baseAddress, Self.chunk)
      if got < 0 { failure = errno }
      count = max(0, got)
    }
    if !bytes.isEmpty {
      input.append(contentsOf: bytes)
      canRead = bytes.count == Self.chunk
    } else if failure == 0 {
      stopReading()
    } else if failure != EAGAIN, failure != EINTR {
      close()
    }
  }

  private func flush() {
    let count = output.withBytes { Glibc.write(writing, $0.baseAddress, min($0.count, Self.outputRoom)) }
    if count > 0 {
      output.removeFirst(count)
      sent &+= UInt64(count)
    } else if count < 0, errno == EAGAIN {
      isBlocked = true
      writer?.wants = .write
      if hasEnded, !isTimed { watchProgress() }
    } else if count < 0, errno != EINTR {
      close()
    }
  }

  /// Cuts off a peer that has said its last and reads nothing for a while.
  private func watchProgress() {
    isTimed = true
    let before = sent
    poller.after(Self.patience) { [weak self] in
      guard let self, self.isOpen else { return }
      self.isTimed = false
      guard self.sent != before || !self.isBlocked else { return self.close() }
      self.watchProgress()
    }
  }
}

extension ControlChannel {
  /// How many bytes wait in each direction.
  package var waiting: (input: Int, output: Int) { (input.count, output.count) }
}

import SavedState

/// What a frame says, taken apart and checked; see Protocol.md.
enum Message {
  case hello(version: UInt32, oldest: UInt32, producer: String)
  case offer(Offer)
  case answer(Answer)
  /// The payload, which `PageReceiver` takes apart; valid until the next frame is asked for. Packed: its data is
  /// compressed.
  case pages(UnsafeRawBufferPointer, isPacked: Bool)
  case round(number: UInt32, isLast: Bool, pages: UInt64)
  case done(round: UInt32)
  /// With `isLate` memory is not whole: what is missing comes when the guest runs.
  case state(isRunning: Bool, isLate: Bool, HandoverDigest, tree: [UInt8], input: [String: [UInt8]])
  case ready(HandoverDigest)
  case go
  case running
  case failed(MigrationError)
  case wait
  /// Pages that have not been sent as they are now, ascending.
  case absent(block: Int, runs: [Range<Int>])
  case want(LateMemory.Place)
  case resume(MigrationID)
  /// A connection is a channel of a migration.
  case join(MigrationID, channel: Int)

  var kind: FrameKind {
    switch self {
    case .hello: .hello
    case .offer: .offer
    case .answer: .answer
    case .pages(_, let isPacked): isPacked ? .packed : .pages
    case .round: .round
    case .done: .done
    case .state: .state
    case .ready: .ready
    case .go: .go
    case .running: .running
    case .failed: .failed
    case .wait: .wait
    case .absent: .absent
    case .want: .want
    case .resume: .resume
    case .join: .join
    }
  }

  /// The most runs in ABSENT.
  static let maximumRuns = 1 << 16

  static let magic = Array("FERRYMIG".utf8)

  // MARK: Out

  /// The payload; PAGES are written by `PageSender`.
  var payload: [UInt8] {
    var bytes: [UInt8] = []
    func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) } }
    func add(_ digest: HandoverDigest) {
      add(digest.tree)
      add(digest.memory)
    }
    switch self {
    case .hello(let version, let oldest, let producer):
      bytes += Self.magic
      add(version)
      add(oldest)
      bytes += Array(producer.utf8.prefix(64))
    case .offer(let offer): bytes = offer.node.der()
    case .answer(let answer): bytes = answer.node.der()
    case .pages(let payload, _): bytes = Array(payload)
    case .round(let number, let isLast, let pages):
      add(number)
      add(UInt32(isLast ? 1 : 0))
      add(pages)
    case .done(let round):
      add(round)
      add(UInt32(0))
    case .state(let isRunning, let isLate, let digest, let tree, let input):
      add(UInt32((isRunning ? 1 : 0) | (isLate ? 2 : 0)))
      add(UInt32(tree.count))
      add(digest)
      bytes += tree
      bytes += PendingInput.node(input).der()
    case .ready(let digest): add(digest)
    case .absent(let block, let runs):
      add(UInt32(block))
      add(UInt32(runs.count))
      for run in runs {
        add(UInt32(run.lowerBound))
        add(UInt32(run.count))
      }
    case .want(let place):
      add(UInt32(place.block))
      add(UInt32(place.page))
    case .resume(let id): bytes = id.bytes
    case .join(let id, let channel):
      bytes = id.bytes
      add(UInt32(channel))
    case .go, .running, .wait: break
    case .failed(let error):
      bytes = Array(error.reasons.joined(separator: "\n").utf8.prefix(FrameKind.failed.limit))
    }
    return bytes
  }

  /// The whole frame.
  var frame: [UInt8] {
    let payload = payload
    let header = payload.withUnsafeBytes { FrameHeader(kind, length: payload.count, covered: $0) }
    var bytes = [UInt8](repeating: 0, count: FrameHeader.size)
    bytes.withUnsafeMutableBytes { buffer in
      if let start = buffer.baseAddress { header.write(to: start) }
    }
    return bytes + payload
  }

  // MARK: In

  /// What the payload of a frame of `kind` says.
  init(_ kind: FrameKind, _ payload: UnsafeRawBufferPointer) throws(MigrationError) {
    func number<T: FixedWidthInteger>(_ offset: Int, _: T.Type = T.self) -> T {
      T(littleEndian: payload.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
    func refusal(_ text: String) -> MigrationError { MigrationError("\(kind.name) \(text)") }
    func sized(_ size: Int) throws(MigrationError) {
      guard payload.count == size else { throw refusal("with \(payload.count) bytes, not \(size)") }
    }
    func digest(_ offset: Int) -> HandoverDigest { HandoverDigest(tree: number(offset), memory: number(offset + 8)) }
    func flag(_ offset: Int) throws(MigrationError) -> Bool {
      let value: UInt32 = number(offset)
      guard value <= 1 else { throw refusal("with \(value) where 0 or 1 is due") }
      return value == 1
    }
    switch kind {
    case .hello:
      guard payload.count >= 16, payload.prefix(8).elementsEqual(Self.magic),
        let producer = String(validating: payload[16...], as: UTF8.self)
      else { throw MigrationError("what came is no migration of Ferry") }
      self = .hello(version: number(8), oldest: number(12), producer: producer)
    case .offer: self = .offer(try Offer(try Self.node(payload, kind)))
    case .answer: self = .answer(try Answer(try Self.node(payload, kind)))
    case .pages, .packed: self = .pages(payload, isPacked: kind == .packed)
    case .round:
      try sized(16)
      self = .round(number: number(0), isLast: try flag(4), pages: number(8))
    case .done:
      try sized(8)
      self = .done(round: number(0))
    case .state:
      guard payload.count > 24 else { throw refusal("with \(payload.count) bytes") }
      let length: UInt32 = number(4)
      guard length <= payload.count - 24 else { throw refusal("with a tree of \(length) bytes in \(payload.count)") }
      let end = 24 + Int(length)
      let input = try PendingInput.read(try Self.node(UnsafeRawBufferPointer(rebasing: payload[end...]), kind))
      let flags: UInt32 = number(0)
      guard flags <= 3 else { throw refusal("with flags \(flags)") }
      self = .state(
        isRunning: flags & 1 != 0, isLate: flags & 2 != 0, digest(8), tree: Array(payload[24..<end]), input: input)
    case .ready:
      try sized(16)
      self = .ready(digest(0))
    case .absent:
      guard payload.count >= 8 else { throw refusal("with \(payload.count) bytes") }
      let (block, count): (UInt32, UInt32) = (number(0), number(4))
      try sized(8 + Int(count) * 8)
      var runs: [Range<Int>] = []
      for at in stride(from: 8, to: payload.count, by: 8) {
        let (first, length): (UInt32, UInt32) = (number(at), number(at + 4))
        guard length > 0, Int(first) >= runs.last?.upperBound ?? 0 else { throw refusal("out of order") }
        runs.append(Int(first)..<Int(first) + Int(length))
      }
      self = .absent(block: Int(block), runs: runs)
    case .want:
      try sized(8)
      let (block, page): (UInt32, UInt32) = (number(0), number(4))
      self = .want(LateMemory.Place(block: Int(block), page: Int(page)))
    case .resume:
      try sized(MigrationID.size)
      self = .resume(MigrationID(bytes: Array(payload)))
    case .join:
      try sized(MigrationID.size + 4)
      let channel: UInt32 = number(MigrationID.size)
      self = .join(MigrationID(bytes: Array(payload.prefix(MigrationID.size))), channel: Int(channel))
    case .go: self = .go
    case .running: self = .running
    case .wait: self = .wait
    case .failed:
      self = .failed(MigrationError(String(decoding: payload, as: UTF8.self).split(separator: "\n").map(String.init)))
    }
  }

  private static func node(_ payload: UnsafeRawBufferPointer, _ kind: FrameKind) throws(MigrationError) -> StateNode {
    do throws(StateDecodingError) {
      return try StateNode(der: Array(payload), budget: kind.budget)
    } catch {
      throw MigrationError("\(kind.name) cannot be read: \(error)")
    }
  }
}

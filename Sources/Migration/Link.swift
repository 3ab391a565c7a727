import Glibc
import Host

/// Frames over a connection: one thread's.
final class Link {
  private let connection: Connection
  private let reader = FrameReader()
  /// A fault that a test asks for.
  var fault: FaultPlan?
  private(set) var sent: UInt64 = 0
  private(set) var received: UInt64 = 0
  private var isCut = false
  private var corruptsNext = false

  static let second: Int64 = 1_000_000_000
  /// How long nothing may come between frames, in nanoseconds.
  static let usualSilence = 60 * second
  /// With the usual silence a frame may take half of it, and a second for each so many bytes.
  static let rate: Int64 = 16 << 10
  /// How long one is listened to that was given up already, for why it has ended.
  static let lastWordTime = 2 * second

  /// How long nothing may come between frames, in nanoseconds. The time of a frame is in proportion to it, so that a
  /// test which shortens one shortens both.
  let silence: Int64
  /// How long it may take until a frame begins, in nanoseconds.
  private let patience: Int64

  init(_ connection: Connection, _ fault: FaultPlan?, silence: Int64, patience: Int64? = nil) {
    self.patience = patience ?? silence
    self.connection = connection
    self.fault = fault
    self.silence = silence
  }

  /// A phase begins.
  func enter(_ phase: String) throws(MigrationError) {
    guard let plan = fault, plan.place == .phase(phase) else { return }
    try carryOut(plan)
  }

  private func carryOut(_ plan: FaultPlan) throws(MigrationError) {
    fault = nil
    switch plan.action {
    case .cut:
      isCut = true
      throw loss(.ended)
    case .delay(let time):
      do throws(ConnectionLoss) { try connection.pause(time * 1_000_000) } catch { throw loss(error) }
    case .corrupt: corruptsNext = true
    case .kill: kill(getpid(), SIGKILL)
    }
  }

  /// How long a frame of `count` bytes may take.
  private func time(for count: Int) -> Int64 { silence / 2 + Int64(count) * (silence / 60) / Self.rate }

  private func loss(_ why: ConnectionLoss) -> MigrationError { MigrationError("\(why)") }

  // MARK: Out

  /// Sends `message`.
  func send(_ message: Message) throws(MigrationError) {
    var failure: MigrationError?
    message.frame.withUnsafeBytes { bytes in
      do throws(MigrationError) { try write(bytes, more: false) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Sends the runs of pages, by block, that are absent: as many frames as that takes.
  func send(absent runs: [[Range<Int>]]) throws(MigrationError) {
    for (block, runs) in runs.enumerated() {
      for start in stride(from: 0, to: runs.count, by: Message.maximumRuns) {
        try send(.absent(block: block, runs: Array(runs[start...].prefix(Message.maximumRuns))))
      }
    }
  }

  /// Sends a frame whose data lies elsewhere than its head.
  func send(_ head: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) throws(MigrationError) {
    try write(head, more: !data.isEmpty)
    if !data.isEmpty { try write(data, more: false) }
  }

  /// Sends GO.
  ///
  /// - Returns: whether all of it is out: only then it can ever arrive.
  func sendGo() -> Bool {
    do throws(MigrationError) {
      try send(.go)
      return true
    } catch {
      // Anything that followed could make a whole GO of it.
      isCut = true
      return false
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, more: Bool) throws(MigrationError) {
    guard !isCut else { throw loss(.ended) }
    var bytes = bytes
    if let plan = fault, case .sent(let place) = plan.place, place < sent + UInt64(bytes.count) {
      let before = Int(place - min(place, sent))
      if before > 0 {
        try writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<before]), more: false)
        bytes = UnsafeRawBufferPointer(rebasing: bytes[before...])
      }
      try carryOut(plan)
    }
    guard corruptsNext, !bytes.isEmpty else { return try writeAll(bytes, more: more) }
    corruptsNext = false
    var copy = Array(bytes)
    copy[copy.count - 1] ^= 0x10
    var failure: MigrationError?
    copy.withUnsafeBytes { bytes in
      do throws(MigrationError) { try writeAll(bytes, more: more) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer, more: Bool) throws(MigrationError) {
    let time = time(for: bytes.count)
    var written = 0
    defer { sent += UInt64(written) }
    do throws(ConnectionLoss) {
      try connection.write(bytes, more: more, deadline: HostClock.monotonic + time, written: &written)
    } catch {
      throw loss(error)
    }
  }

  /// Waits for `nanoseconds`.
  func pause(_ nanoseconds: Int64) throws(MigrationError) {
    do throws(ConnectionLoss) { try connection.pause(nanoseconds) } catch { throw loss(error) }
  }

  // MARK: In

  /// Whether something has come.
  var hasInput: Bool { !isCut && (reader.isInside || connection.hasInput) }

  /// Waits until a message comes, `bell` is rung, or `time` nanoseconds have passed; without that, silence is a fault.
  ///
  /// - Returns: whether a message comes.
  func waitForInput(or bell: Bell, atMost time: Int64? = nil) throws(MigrationError) -> Bool {
    guard !isCut else { throw loss(.ended) }
    if reader.isInside { return true }
    do throws(ConnectionLoss) {
      return try connection.waitForInput(or: bell, deadline: HostClock.monotonic + (time ?? silence))
    } catch {
      if error == .timedOut, time != nil { return false }
      throw loss(error)
    }
  }

  /// Waits until `bell` is rung.
  func wait(for bell: Bell) throws(MigrationError) {
    do throws(ConnectionLoss) {
      try connection.wait(for: bell, deadline: HostClock.monotonic + silence)
    } catch {
      throw loss(error)
    }
  }

  /// What is sent gets there soon: not much else waits before it.
  func hurry() { connection.limitQueue(128 << 10) }

  /// The next message, which is one of `allowed`, with at most `patience` nanoseconds until it begins, and all of it
  /// before `end` on the monotonic clock. Its bytes are valid until the next call.
  func receive(
    _ allowed: Set<FrameKind>, patience: Int64? = nil, before end: Int64 = .max
  ) throws(MigrationError) -> Message {
    let start = HostClock.monotonic
    let patience = min(patience ?? self.patience, self.patience)
    var begun: Int64?
    while true {
      guard !isCut else { throw loss(.ended) }
      if let (kind, payload) = try reader.next(allowed) { return try Message(kind, payload) }
      if reader.isInside, begun == nil { begun = HostClock.monotonic }
      let deadline = min(begun.map { $0 + time(for: reader.length) } ?? start + patience, end)
      let count: Int
      do throws(ConnectionLoss) {
        count = try connection.read(into: reader.room, deadline: deadline)
      } catch {
        throw error == .timedOut && begun != nil ? MigrationError("a frame took too long to come") : loss(error)
      }
      reader.filled(count)
      received += UInt64(count)
      if let plan = fault, case .received(let place) = plan.place, place < received { try carryOut(plan) }
    }
  }

  /// What the other side said before the connection ended, if that was why it failed.
  func lastWord() -> MigrationError? {
    guard !isCut else { return nil }
    // It may go on to send all it likes, and the guest may stand still meanwhile.
    let end = HostClock.monotonic + Self.lastWordTime
    while HostClock.monotonic < end {
      let message = try? receive(Set(FrameKind.allCases), patience: Self.second / 5, before: end)
      guard let message else { return nil }
      if case .failed(let error) = message { return error }
    }
    return nil
  }
}

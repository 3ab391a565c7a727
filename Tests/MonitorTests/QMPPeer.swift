import Glibc
import Host
import SavedState
import Testing

@testable import Monitor

/// A client of a rig's QMP.
final class QMPPeer {
  private unowned let rig: QMPRig
  private let descriptor: Int32
  let channel: ControlChannel
  private var framer = JSONFramer(limit: 1 << 24)
  private var bytes: [UInt8] = []
  /// What came while answers were waited for.
  private(set) var events: [JSONValue] = []

  init(_ rig: QMPRig) {
    self.rig = rig
    var pair: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
    descriptor = pair[0]
    channel = ControlChannel(poller: rig.poller, reading: pair[1], writing: pair[1]) { [server = rig.server!] in
      server.open($0)
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + done, $0.count - done, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { done += count } else if errno != EAGAIN { throw Unexpected(what: "errno \(errno)") }
      rig.poller.poll(timeout: 1_000_000)
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Whether the server has closed the connection and all it sent has been read.
  var isAtEnd: Bool {
    for _ in 0..<100 {
      rig.poller.poll(timeout: 100_000)
      if read() == 0 { return true }
    }
    return false
  }

  /// How many bytes came; 0 at the end, -1 when there are none yet.
  private func read() -> Int {
    var part = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(descriptor, &part, part.count)
    if count > 0 { bytes += part[..<count] }
    return count
  }

  /// The next thing the server has to say.
  func next() throws -> JSONValue {
    for _ in 0..<20_000 {
      let (used, frame) = bytes.withUnsafeBytes { framer.next($0) }
      bytes.removeFirst(used)
      if case .object(let object) = frame { return try JSONReader.read(object, DecodingBudget()) }
      try #require(frame == nil)
      rig.poller.poll(timeout: 100_000)
      try #require(read() != 0, "the server closed the connection")
    }
    Issue.record("no answer")
    return .null
  }

  /// The answer to what is sent; events that come before it are kept.
  func ask(_ text: String) throws -> JSONValue {
    try send(text)
    while true {
      let message = try next()
      if message["event"] == nil { return message }
      events.append(message)
    }
  }

  /// What `command` returns.
  func run(_ command: String, _ arguments: String = "{}") throws -> JSONValue {
    let answer = try ask(#"{"execute": "\#(command)", "arguments": \#(arguments)}"#)
    return try #require(answer["return"], "\(answer)")
  }

  /// The error's class and words.
  func refusal(_ text: String) throws -> String {
    let answer = try ask(text)
    guard case .string(let kind)? = answer["error"]?["class"], case .string(let words)? = answer["error"]?["desc"]
    else {
      Issue.record("no error: \(answer)")
      return ""
    }
    return "\(kind): \(words)"
  }

  /// The next event's name.
  func event() throws -> String {
    let event = events.isEmpty ? try next() : events.removeFirst()
    guard case .string(let name)? = event["event"], case .integer(let seconds)? = event["timestamp"]?["seconds"],
      case .integer(let microseconds)? = event["timestamp"]?["microseconds"]
    else {
      Issue.record("no event: \(event)")
      return ""
    }
    #expect(seconds > 1_600_000_000 && (0..<1_000_000).contains(microseconds))
    return name
  }
}

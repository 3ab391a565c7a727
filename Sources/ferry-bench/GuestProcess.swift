import Foundation
import Host

/// An emulator in a process of its own, what its guest prints and when.
final class GuestProcess {
  private let process = Process()
  private let input = Pipe()
  private let output: Int32
  private let socket: String
  private var monitor: Int32 = -1
  /// What the monitor has said and nobody has read: an event may come with an answer.
  private var said = Data()
  private var text: [UInt8] = []
  private var events: [String: Double] = [:]
  private let started: Int64

  init(_ launch: SnapshotSubject.Launch) throws {
    socket = launch.monitor
    unlink(socket)
    process.executableURL = URL(filePath: launch.program)
    process.arguments = launch.arguments
    let printed = Pipe()
    process.standardInput = input
    process.standardOutput = printed
    output = dup(printed.fileHandleForReading.fileDescriptor)
    started = HostClock.monotonic
    try process.run()
  }

  deinit {
    close(output)
    if monitor >= 0 { close(monitor) }
    kill()
  }

  func kill() {
    guard process.isRunning else { return }
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func type(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

  /// Has Linux, at its prompt, fill 800 MiB of its memory with something that is neither zero nor the same everywhere:
  /// files in `/m`.
  func fillMemory() throws {
    let fill = "cp /bin/busybox /m/0; for i in 1 2 3 4 5 6 7 8; do cat /m/* >/m/$i; done; cat /m/[0-7] >/m/9"
    try type("mkdir /m; mount -t tmpfs -o size=900m none /m; \(fill); echo fil''led\n")
    try wait(for: "\nfilled", seconds: 900)
  }

  /// Reads on until the guest has printed `mark`.
  func wait(for mark: String, seconds: Double) throws {
    let end = HostClock.monotonic + Int64(seconds * 1e9)
    while true {
      if let found = text.firstRange(of: mark.utf8) {
        text.removeSubrange(..<found.upperBound)
        return
      }
      text = text.suffix(4096)
      guard HostClock.monotonic < end else { throw HostError("no \"\(mark)\" within \(seconds) s") }
      _ = try read(milliseconds: 1000)
    }
  }

  /// Seconds from the start of the process to the first byte of its guest.
  func waitForOutput(seconds: Double) throws -> Double {
    guard try read(milliseconds: Int32(seconds * 1000)) else { throw HostError("the restored guest says nothing") }
    return Double(HostClock.monotonic - started) / 1e9
  }

  /// The longest time between two looks that found output, in seconds, during `seconds`.
  func longestSilence(for seconds: Double) throws -> Double {
    let end = HostClock.monotonic + Int64(seconds * 1e9)
    return try longestSilence { HostClock.monotonic >= end }
  }

  /// The same, while `body` runs on another thread.
  func longestSilence(during body: @escaping () throws -> Void) throws -> Double {
    nonisolated(unsafe) var result: Result<Void, any Error>?
    nonisolated(unsafe) let work = body
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      result = Result { try work() }
      done.signal()
    }
    let silence = try longestSilence { done.wait(timeout: .now()) == .success }
    try result?.get()
    return silence
  }

  /// How often the guest prints `mark`, a second, during `seconds`.
  func rate(of mark: String, for seconds: Double) throws -> Double {
    let start = HostClock.monotonic
    var count = 0
    while HostClock.monotonic < start + Int64(seconds * 1e9) {
      try wait(for: mark, seconds: 60)
      count += 1
    }
    return Double(count) / Double(HostClock.monotonic - start) * 1e9
  }

  private func longestSilence(until isOver: () -> Bool) throws -> Double {
    var longest: Int64 = 0
    var last = HostClock.monotonic
    while true {
      let isLast = isOver()
      if try read(milliseconds: isLast ? 1000 : 20) {
        let now = HostClock.monotonic
        longest = max(longest, now - last)
        last = now
      }
      if isLast { return Double(longest) / 1e9 }
    }
  }

  private func read(milliseconds: Int32) throws -> Bool {
    var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, milliseconds) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(output, &bytes, bytes.count)
    guard count > 0 else { throw HostError("the emulator has ended") }
    text += bytes[..<count]
    if text.count > 1 << 20 { text = text.suffix(4096) }
    return true
  }

  // MARK: The monitor

  /// When the emulator said the event `name` first, in seconds of the host's clock; nil when it does not within 10 s.
  func time(of name: String) throws -> Double? {
    for _ in 0..<1000 {
      _ = try execute("query-status")
      if let time = events[name] { return time }
      usleep(10_000)
    }
    return nil
  }

  /// Whether the process is kept from running.
  var isHalted = false {
    didSet { Glibc.kill(process.processIdentifier, isHalted ? SIGSTOP : SIGCONT) }
  }

  /// Has the emulator carry out a command of QMP; its answer.
  func execute(_ command: String, _ arguments: [String: String] = [:]) throws -> Any {
    if monitor < 0 {
      monitor = try connect()
      _ = try send("qmp_capabilities", [:])
    }
    return try send(command, arguments)
  }

  private func connect() throws -> Int32 {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8.prefix(107)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw HostError("\(socket): \(String(cString: strerror(errno)))") }
    return descriptor
  }

  private func send(_ command: String, _ arguments: [String: String]) throws -> Any {
    var sent = try JSONSerialization.data(withJSONObject: ["execute": command, "arguments": arguments])
    sent.append(10)
    guard sent.withUnsafeBytes({ write(monitor, $0.baseAddress, $0.count) }) == sent.count else {
      throw HostError("the monitor does not listen")
    }
    while true {
      while let end = said.firstIndex(of: 10) {
        let answer = try JSONSerialization.jsonObject(with: said[..<end]) as? [String: Any]
        said.removeSubrange(...end)
        if let error = answer?["error"] { throw HostError("\(command): \(error)") }
        if let event = answer?["event"] as? String, let time = answer?["timestamp"] as? [String: Any] {
          let (seconds, parts) = (time["seconds"] as? Double ?? 0, time["microseconds"] as? Double ?? 0)
          if events[event] == nil { events[event] = seconds + parts / 1e6 }
        }
        guard let value = answer?["return"] else { continue }
        // The human monitor answers with what it has to complain of.
        if let text = value as? String, !text.isEmpty { throw HostError("\(command): \(text)") }
        return value
      }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(monitor, &bytes, bytes.count)
      guard count > 0 else { throw HostError("the monitor has hung up") }
      said += bytes[..<count]
    }
  }
}

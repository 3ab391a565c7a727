import Foundation
import Glibc
import Host
import Testing

/// Where log entries go.
@Suite struct LogFileTests {
  /// A path of its own in the folder for temporary files.
  private static func path(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appending(path: "ferry-\(getpid())-\(name)").path
  }

  private static func contents(_ path: String) throws -> String {
    String(decoding: try HostFile.read(path, what: "log"), as: UTF8.self)
  }

  @Test func `text lines begin with the item and the device`() throws {
    let path = Self.path("text")
    defer { unlink(path) }
    let log = try LogFile(path)
    log.logger("irq").info("up", metadata: ["device": "pic", "level": .stringConvertible(true)])
    log.logger("reset").info("again")
    log.flush()
    #expect(try Self.contents(path) == "irq: pic: up\nreset: again\n")
  }

  @Test func `JSON lines have time, item, device, fields and message`() throws {
    let path = Self.path("json")
    defer { unlink(path) }
    let log = try LogFile("\(path),format=json")
    log.logger("int").info(
      "a \"quoted\"\n\u{1}\\ line",
      metadata: [
        "device": "cpu0", "time": .stringConvertible(Int64(17)), "on": .stringConvertible(false), "at": "0xff",
      ])
    log.logger("reset").info("ä")
    log.finish()
    let lines = try Self.contents(path).split(separator: "\n")
    try #require(lines.count == 2)
    #expect(lines[0].hasPrefix(#"{"time":17,"item":"int","device":"cpu0","at":"0xff","on":false,"message":"#))
    let first = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
    #expect(first?["message"] as? String == "a \"quoted\"\n\u{1}\\ line")
    #expect(first?["time"] as? Int == 17)
    #expect(first?["on"] as? Bool == false)
    let second = try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: String]
    #expect(second == ["item": "reset", "message": "ä"])
  }

  @Test func `another file takes what comes after, and a bad one leaves all as it was`() throws {
    let (first, second) = (Self.path("first"), Self.path("second"))
    defer {
      unlink(first)
      unlink(second)
    }
    let log = try LogFile(first)
    let logger = log.logger("a")
    logger.info("1")
    #expect(throws: HostError("log file /nowhere/log: No such file or directory")) { try log.open("/nowhere/log") }
    #expect(throws: OptionError("unknown format of a log \"jsn\"; did you mean \"json\"?")) {
      try log.open("\(second),format=jsn")
    }
    logger.info("2")
    try log.open(second)
    logger.info("3")
    log.flush()
    #expect(try Self.contents(first) == "a: 1\na: 2\n")
    #expect(try Self.contents(second) == "a: 3\n")
  }

  @Test func `a full disk ends the log and nothing else`() throws {
    let log = try LogFile("/dev/full")
    let logger = log.logger("a")
    for _ in 0..<10_000 { logger.info("a line that finds no room") }
    log.finish()
    let path = Self.path("after")
    defer { unlink(path) }
    try log.open(path)
    logger.info("room")
    log.flush()
    #expect(try Self.contents(path) == "a: room\n")
  }

  @Test func `a pipe without a reader is refused, and one whose reader stops loses entries and says how many`() throws {
    let path = Self.path("pipe")
    defer { unlink(path) }
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: HostError("log file \(path): nobody reads that pipe")) { try LogFile(path) }
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let log = try LogFile(path)
    let logger = log.logger("a")
    let count = 20_000
    for number in 0..<count { logger.info("entry \(number)") }
    var text: [UInt8] = []
    func drain() {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let got = read(reader, &buffer, buffer.count)
        guard got > 0 else { return }
        text += buffer[..<got]
        log.flush()
      }
    }
    drain()
    logger.info("the last")
    log.finish()
    drain()
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    let told = lines.dropLast(2)
    #expect(told.elementsEqual((0..<told.count).map { "a: entry \($0)" }))
    #expect(
      lines.dropLast().last
        == "log: \(count - told.count) entries are left out: they came faster than they could be written")
    #expect(lines.last == "a: the last")
    #expect(told.count < count)
  }
}

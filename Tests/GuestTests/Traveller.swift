import Foundation
import SavedState
import Testing

/// What a guest does while it travels, and how it is seen that it was not disturbed.
final class Traveller {
  private static let prompt = "/ # "
  private let folder: String
  private let resources: [String]
  private let moves: Int
  private var random: SplitMix64
  /// What the guest digests: the beginning of its busybox; and what `sha256sum` says of it.
  private static let data = "head -c 300000 /bin/busybox >/tmp/data"
  private let digest: String
  /// The guest at its prompt.
  private let home: String

  /// Boots Linux to a shell that has a terminal of its own, and keeps it in a file from which each work begins.
  init(
    _ folder: String, kernel: String, words: String, _ options: [String], resources: [String] = [], moves: Int,
    seed: UInt64
  ) throws {
    self.folder = folder
    self.resources = resources
    self.moves = moves
    random = SplitMix64(seed: seed)
    home = "\(folder)/home.ferry"
    let unpacking = "gzip -dc '\(Guests.path("\(kernel)/initrd.gz"))' | cpio -i --quiet --to-stdout bin/busybox"
    let result = try Guests.run("/bin/sh", ["-c", "\(unpacking) | head -c 300000 | sha256sum"], seconds: 60)
    digest = String(result.output.prefix(64))
    let files = ["-kernel", Guests.path("\(kernel)/vmlinuz"), "-initrd", Guests.path("\(kernel)/initrd.gz")]
    let guest = try TravellingGuest(folder, options + files + ["-append", words], resources: resources)
    try guest.expect("BOOT-OK", seconds: 200)
    try guest.expect(Self.prompt)
    try guest.type("exec busybox setsid busybox cttyhack sh\r")
    try guest.expect("cttyhack sh\r\n")
    try guest.expect(Self.prompt)
    // What is typed shall come back in one line.
    try guest.type("stty cols 300; \(Self.data)\r")
    try guest.expect("\(Self.data)\r\n")
    try guest.expect(Self.prompt)
    try guest.save(home)
    try guest.leave()
    print("journeys of \(kernel) \(options.joined(separator: " ")): \(moves) moves each, FERRY_SEED=\(seed)")
  }

  static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  /// An SD card with an empty file system.
  static func makeCard(_ path: String) throws {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: 8 << 20)
    try file.close()
    let made = try Guests.run("/sbin/mkfs.ext2", ["-q", "-F", path], seconds: 60)
    try #require(made.status == 0, "\(made.output)")
  }

  /// Goes on in a new process `moves` times, at random moments; `between` is done before each.
  private func travel(
    _ guest: TravellingGuest, _ parting: TravellingGuest.Parting = .stopped,
    between: (Int) throws -> Void = { _ in }
  ) throws {
    for number in 0..<moves {
      try between(number)
      guest.run(milliseconds: Int.random(in: 0..<80, using: &random))
      try guest.move(parting)
    }
  }

  private func begin() throws -> TravellingGuest {
    try TravellingGuest(folder, ["-loadvm", home], resources: resources)
  }

  /// By how many seconds the guest's time since boot is behind the machine's; where the host was busy between the
  /// two looks it seems to be more, so the best of some.
  private func lag(_ guest: TravellingGuest) throws -> Double {
    var best = Double.infinity
    for _ in 0..<5 {
      try guest.type("busybox cut -d' ' -f1 /proc/uptime; echo up\r")
      try guest.expect("echo up\r\n")
      let text = String(decoding: try guest.expect("\r\nup\r\n"), as: UTF8.self)
      let virtual = try guest.virtualTime()
      try guest.expect(Self.prompt)
      best = min(best, Double(virtual) / 1e9 - (try #require(Double(text), "\(text)")))
    }
    return best
  }

  /// `body` is the guest's work between two looks at its clock.
  private func keepingTime(_ guest: TravellingGuest, _ body: () throws -> Void) throws {
    let before = try lag(guest)
    try body()
    let lost = try lag(guest) - before
    // The guest's clock shows hundredths, and two of those are what a busy host makes of it.
    #expect(abs(lost) < 0.04, "the guest's clock is \(lost) s behind after \(moves) moves")
  }

  /// Ends the shell's work with Ctrl-C, and waits for a prompt behind that. The signal makes Linux throw away what its
  /// terminal has not printed yet: that can be a part of the prompt, and of the echo of what is typed at once.
  private func interrupt(_ guest: TravellingGuest) throws {
    try guest.type("\u{3}")
    guest.run(milliseconds: 500)
    try guest.type("\recho; echo stop''ped\r")
    try guest.expect("\r\nstopped\r\n")
    try guest.expect(Self.prompt)
  }

  // MARK: Works

  /// A loop of digests, each of which must be right, in order, and none missing. Another one runs behind it.
  func digests(parting: TravellingGuest.Parting) throws {
    try loop("sha256sum /tmp/data", "\(digest)  /tmp/data", parting)
  }

  /// A pipe of three processes.
  func gzips() throws { try loop("gzip -c /tmp/data | gunzip -c | sha256sum", "\(digest)  -", .stopped) }

  private func loop(_ command: String, _ answer: String, _ parting: TravellingGuest.Parting) throws {
    let guest = try begin()
    try keepingTime(guest) {
      try guest.type("(while :; do sha256sum /tmp/data; done >/tmp/behind) & i=0; echo; echo be''gun\r")
      try guest.expect("\r\nbegun\r\n")
      try guest.expect(Self.prompt)
      try guest.type("(while :; do i=$((i+1)); \(command) | sed \"s/^/$i /\"; done); echo en''ded\r")
      try guest.expect("en''ded\r\n")
      var lines = Lines(answer: answer)
      for _ in 0..<moves {
        guest.run(milliseconds: Int.random(in: 0..<80, using: &random))
        try guest.move(parting)
        // Behind the moment of the save the old process has said something that the next one says again.
        if parting == .running { lines.take(guest.takeOutput(), isCut: true) }
      }
      // Until the last process has said something whole.
      let last = lines.last
      while lines.last < last + 3 {
        let line = try guest.expect("\r\n")
        lines.take(line + [13, 10], isCut: false)
      }
      #expect(lines.faults.isEmpty, "\(lines.faults.prefix(3))")
      // The keyboard of the serial line.
      try interrupt(guest)
      try guest.type("kill %1; wait; sed '$d' /tmp/behind | sort -u; echo en''d\r")
      try guest.expect("en''d\r\n")
      let behind = String(decoding: try guest.expect("\r\nend\r\n"), as: UTF8.self)
      // The shell's word on the end of its job may come before the prompt or behind it.
      try guest.type("echo; echo re''ady\r")
      try guest.expect("\r\nready\r\n")
      try guest.expect(Self.prompt)
      #expect(behind.contains("\(digest)  /tmp/data"))
      #expect(behind.components(separatedBy: "/tmp/data").count == 2, "\(behind)")
    }
    try guest.leave()
  }

  /// `top`, which must go on by itself and answer its key.
  func watchesTop() throws {
    let guest = try begin()
    try keepingTime(guest) {
      try guest.type("top -d 1\r")
      try guest.expect("Mem:")
      try travel(guest) { number in
        if number % 20 == 0 { try guest.expect("Mem:") }
      }
      _ = guest.takeOutput()
      try guest.expect("Mem:")
      try guest.expect("Mem:")
      try guest.type("q")
      try guest.expect(Self.prompt)
    }
    try guest.leave()
  }

  /// Lines typed in are kept in a file and printed; what is printed is what was typed, and the file has the same sum.
  func transfers() throws {
    let guest = try begin()
    try keepingTime(guest) {
      try guest.type("stty -echo -onlcr; echo rea''dy; busybox tee /tmp/in; sha256sum /tmp/in; stty echo onlcr\r")
      try guest.expect("\nready\n")
      var sent: [UInt8] = []
      var heard: [UInt8] = []
      func send() throws {
        var text = ""
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          for _ in 0..<Int.random(in: 0..<70, using: &random) {
            text.unicodeScalars.append(Unicode.Scalar(UInt8.random(in: 33..<127, using: &random)))
          }
          text += "\n"
        }
        // What the guest prints says how far it has heard: no more than its terminal can keep are on their way.
        guard sent.count - heard.count + text.utf8.count < 2000 else { return }
        sent += text.utf8
        try guest.type(text)
      }
      try travel(guest) { _ in
        try send()
        try send()
        heard += guest.takeOutput()
      }
      while heard.count < sent.count {
        let before = heard.count
        guest.run(milliseconds: 500)
        heard += guest.takeOutput()
        try #require(heard.count > before, "\(sent.count) bytes were typed, \(heard.count) came back")
      }
      let place = zip(sent, heard).enumerated().first { $1.0 != $1.1 }?.offset
      #expect(heard == sent, "what came back differs at \(place ?? sent.count) of \(sent.count)")
      try guest.type("\u{4}")
      let sum = String(decoding: try guest.expect("  /tmp/in"), as: UTF8.self)
      let file = "\(folder)/typed"
      try Data(sent).write(to: URL(filePath: file))
      let right = try Guests.run("/usr/bin/sha256sum", [file], seconds: 30).output.prefix(64)
      #expect(sum == right)
      try guest.expect(Self.prompt)
    }
    try guest.leave()
  }

  /// Keys of the guest's own keyboard, with moves between them.
  func hearsTheKeyboard() throws {
    let guest = try begin()
    try guest.type("echo rea''dy; head -n 1 </dev/tty1\r")
    try guest.expect("\r\nready\r\n")
    try guest.press(["h", "e"])
    try guest.move()
    try guest.press(["l", "l"])
    try guest.move(.running)
    _ = guest.takeOutput()
    try guest.press(["o", "ret"])
    try guest.expect("hello\r\n")
    try guest.expect(Self.prompt)
    try guest.leave()
  }

  /// Files that are written to a card, read back from it by the guest, and by the host in the end.
  func writes(card: String) throws {
    let guest = try begin()
    try keepingTime(guest) {
      try guest.type("mount /dev/mmcblk0 /root && echo mou''nted\r")
      try guest.expect("\r\nmounted\r\n")
      try guest.expect(Self.prompt)
      let work =
        "cp /tmp/data /root/$((i%3)); sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum </root/$((i%3))"
      try guest.type("(i=0; while :; do i=$((i+1)); \(work) | sed \"s/^/$i /\"; done); echo en''ded\r")
      try guest.expect("en''ded\r\n")
      try travel(guest)
      var lines = Lines(answer: "\(digest)  -")
      lines.take(guest.takeOutput(), isCut: false)
      let last = lines.last
      while lines.last < last + 3 { lines.take(try guest.expect("\r\n") + [13, 10], isCut: false) }
      #expect(lines.faults.isEmpty, "\(lines.faults.prefix(3))")
      try interrupt(guest)
      try guest.type("cp /tmp/data /root/last; umount /root; echo en''d\r")
      try guest.expect("\r\nend\r\n")
      try guest.expect(Self.prompt)
    }
    try guest.leave()
    let checked = try Guests.run("/sbin/e2fsck", ["-fn", card], seconds: 60)
    #expect(checked.status == 0, "\(checked.output)")
    let copy = "\(folder)/copy"
    _ = try Guests.run("/sbin/debugfs", ["-R", "dump last \(copy)", card], seconds: 60)
    #expect(try Guests.run("/usr/bin/sha256sum", [copy], seconds: 60).output.hasPrefix(digest))
  }
}

import Foundation
import SavedState
import Testing

/// Saves that come to nothing: by kill -9, without room, without permission. What was saved before stays, and a guest
/// whose process lives runs on.
///
/// `FERRY_KILLS` says how many processes are killed, 5 unless given; `FERRY_SEED` when.
@Suite(.serialized, .enabled(if: Guests.armIsThere, "FERRY_GUESTS, its arm folder or a release build is missing"))
struct SnapshotAccidents {
  private static let kills = SnapshotJourneys.environment["FERRY_KILLS"].flatMap { Int($0) } ?? 5
  private static let isRoot = geteuid() == 0

  /// Linux with 80 MiB in its memory, at work, saved as `home.ferry` in `folder`.
  private func home(_ folder: String) throws -> String {
    let guest = try TravellingGuest(
      folder,
      [
        "-M", "integratorcp", "-m", "128", "-kernel", Guests.path("arm/vmlinuz"), "-initrd",
        Guests.path("arm/initrd.gz"), "-append", "console=ttyAMA0 panic=-1 quiet",
      ])
    try guest.expect("BOOT-OK")
    try guest.expect("/ # ")
    let fill = "mount -t tmpfs -o size=100m none /root; while cat /bin/busybox; do :; done | head -c 67108864 >/root/a"
    try guest.type("stty cols 300; \(fill); echo fil''led\r")
    try guest.expect("\r\nfilled\r\n", seconds: 120)
    try guest.type("(i=0; while :; do i=$((i+1)); head -c $((i*1000)) /root/a | sha256sum >/root/b; echo $i; done)\r")
    try guest.expect("\n3\r\n")
    try guest.save("\(folder)/home.ferry")
    try guest.leave()
    return "\(folder)/home.ferry"
  }

  private func expectWhole(_ path: String) throws {
    let result = try Guests.run(Guests.ferry, ["snapshot", "verify", path], seconds: 60)
    #expect(result.status == 0, "\(result.output)")
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix("qmp") }.sorted()
  }

  @Test func `a save that is killed or refused leaves the file that was there, and a guest that runs on`() throws {
    try Traveller.withFolder { folder in
      let home = try home(folder)
      try killed(folder, home)
      if Self.isRoot { try refused(folder, home) } else { print("no disk was filled: only root can mount a small one") }
    }
  }

  /// A process that is killed while it saves leaves the file that was there, or the new one.
  private func killed(_ folder: String, _ home: String) throws {
    let saves = "\(folder)/saves"
    try FileManager.default.createDirectory(atPath: saves, withIntermediateDirectories: true)
    let path = "\(saves)/a.ferry"
    var longest = 0.2
    var random = SplitMix64(seed: SnapshotJourneys.seed)
    var replaced = 0
    var before: Data?
    for number in 0..<Self.kills {
      let guest = try TravellingGuest(folder, ["-loadvm", home])
      if number == 0 {
        // How long it takes, and a file to be harmed.
        let started = Date.now
        try guest.save(path)
        longest = max(0.05, Date.now.timeIntervalSince(started))
        before = try root(path)
      }
      // Over the same name, or over none now and then.
      if number % 5 == 4 {
        if before != nil { try FileManager.default.removeItem(atPath: path) }
        before = nil
      }
      try guest.beginSave(path)
      guest.run(milliseconds: Int.random(in: 0...Int(longest * 1300), using: &random))
      guest.kill()
      #expect(try files(saves) == [] || files(saves) == ["a.ferry"], "kill \(number)")
      if FileManager.default.fileExists(atPath: path) {
        try expectWhole(path)
        let now = try root(path)
        if now != before { replaced += 1 }
        before = now
        let again = try TravellingGuest(folder, ["-loadvm", path])
        again.discardLine()
        let line = try again.nextNumber()
        #expect(try again.nextNumber() == line + 1)
        again.kill()
      } else {
        #expect(before == nil, "kill \(number) has removed the file")
      }
    }
    print(
      "\(Self.kills) processes killed while they saved; \(replaced) had done it, FERRY_SEED=\(SnapshotJourneys.seed)")
  }

  /// The header's first bytes, the root of all memory among them.
  private func root(_ path: String) throws -> Data {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    defer { try? file.close() }
    return try file.read(upToCount: 80) ?? Data()
  }

  /// A full disk, a read-only one and a limit on the size of files leave the old file and a guest that runs on.
  private func refused(_ folder: String, _ home: String) throws {
    let disk = "\(folder)/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    func mount(_ options: String) throws {
      let result = try Guests.run("/bin/mount", ["-t", "tmpfs", "-o", options, "none", disk], seconds: 30)
      try #require(result.status == 0, "\(result.output)")
    }
    // Room for one and a half.
    try mount("size=130m")
    defer { _ = try? Guests.run("/bin/umount", ["-l", disk], seconds: 30) }
    let guest = try TravellingGuest(folder, ["-loadvm", home])
    let path = "\(disk)/a.ferry"
    try guest.save(path)
    let before = try root(path)
    for way in ["limited", "full", "read-only"] {
      if way == "limited" { try guest.limitFiles(to: 40 << 20) }
      if way == "full" { try guest.limitFiles(to: nil) }
      if way == "read-only" { try mount("remount,ro,size=130m") }
      #expect(throws: QMPCaller.Failure.self, "\(way)") { try guest.save(path) }
      #expect(try files(disk) == ["a.ferry"], "\(way)")
      #expect(try root(path) == before, "\(way)")
      try expectWhole(path)
      guest.discardLine()
      let line = try guest.nextNumber()
      #expect(try guest.nextNumber() == line + 1, "\(way)")
    }
    try mount("remount,rw,size=400m")
    try guest.save(path)
    #expect(try root(path) != before)
    guest.kill()
  }
}

import Foundation
import Testing

/// Linux on the Integrator/CP, from power on to the digest of a file and out again.
@Suite(.serialized, .enabled(if: Guests.armIsThere, "FERRY_GUESTS, its arm folder or a release build is missing"))
struct IntegratorTests {
  static func arguments(
    console: String = "console=ttyAMA0", options: [String] = [], _ commands: [String]
  ) -> [String] {
    let words = commands.map { "run=" + $0.replacing(" ", with: "~") }.joined(separator: " ")
    return ["run", "-M", "integratorcp"] + options + [
      "-kernel", Guests.path("arm/vmlinuz"), "-initrd", Guests.path("arm/initrd.gz"), "-append",
      // Without "quiet" the kernel's own messages get between the lines of the commands.
      "\(console) quiet panic=-1 \(words) run=reboot~-f", "-no-reboot",
    ]
  }

  @Test(arguments: [[], ["-dtb", Guests.path("arm/board.dtb")]])
  func `it boots with the board's own device tree and with the kernel's`(tree: [String]) throws {
    let result = try Guests.run(
      Guests.ferry,
      Self.arguments(options: ["-nographic"] + tree, ["cat /proc/interrupts", "sha256sum /bin/busybox"]),
      seconds: 120)
    #expect(result.status == 0)
    #expect(result.output.contains("BOOT-OK armv5tejl"))
    #expect(result.output.contains("uart-pl011"))
    let digest = try Guests.busyboxDigest(initrd: Guests.path("arm/initrd.gz"))
    #expect(digest.count == 64)
    #expect(result.output.contains("\(digest)  /bin/busybox"))
  }

  @Test func `counting time in instructions, two runs print the same`() throws {
    let arguments = Self.arguments(
      options: ["-nographic", "-clock", "instructions"], ["cat /proc/interrupts", "date"])
    let outputs = try (0..<2).map { _ in try Guests.run(Guests.ferry, arguments, seconds: 120) }
    #expect(outputs[0].output.contains("BOOT-OK"))
    #expect(outputs[0].output == outputs[1].output)
  }

  @Test func `the clock chip has the host's time, keyboard and mouse are found`() throws {
    let before = Date.now.timeIntervalSince1970
    let result = try Guests.run(
      Guests.ferry,
      Self.arguments(
        options: ["-nographic"], ["cat /sys/class/rtc/rtc0/since_epoch", "sleep 3", "cat /proc/bus/input/devices"]),
      seconds: 120)
    let after = Date.now.timeIntervalSince1970
    let seconds = result.output.split(separator: "\n").compactMap { Double($0) }.first { $0 > 1_000_000_000 }
    let time = try #require(seconds)
    #expect(time >= before.rounded(.down) - 1 && time <= after + 1)
    #expect(result.output.contains("AT Raw Set 2 keyboard") || result.output.contains("AT Translated Set 2 keyboard"))
    #expect(result.output.contains("Mouse"))
  }

  @Test func `an SD card keeps what was written over sync and a new mount`() throws {
    let card = FileManager.default.temporaryDirectory.appending(path: "ferry-card-\(UUID().uuidString).img")
    defer { try? FileManager.default.removeItem(at: card) }
    _ = FileManager.default.createFile(atPath: card.path, contents: nil)
    let file = try FileHandle(forWritingTo: card)
    try file.truncate(atOffset: 32 << 20)
    try file.close()
    let made = try Guests.run("/sbin/mkfs.ext2", ["-q", "-F", card.path], seconds: 60)
    try #require(made.status == 0, "\(made.output)")
    func boot(_ commands: [String]) throws -> Guests.Result {
      let disk = ["-nographic", "-drive", "file=\(card.path),id=card,if=sd,format=raw"]
      return try Guests.run(Guests.ferry, Self.arguments(options: disk, ["sleep 1"] + commands), seconds: 120)
    }
    let first = try boot([
      "mount /dev/mmcblk0 /root", "cp /bin/busybox /root/copy", "sync", "umount /root", "mount /dev/mmcblk0 /root",
      "sha256sum /root/copy", "umount /root",
    ])
    let digest = try Guests.busyboxDigest(initrd: Guests.path("arm/initrd.gz"))
    #expect(first.output.contains("\(digest)  /root/copy"))
    let second = try boot(["mount /dev/mmcblk0 /root", "sha256sum /root/copy", "umount /root"])
    #expect(second.output.contains("\(digest)  /root/copy"))
  }
}

import Foundation
import Testing

/// File systems and large disks under Linux: what it reads is what is on the host, and what it has synchronised stays.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct DiskGuestTests {
  struct Board: CustomTestStringConvertible, Sendable {
    var guest: String
    var console: String
    var options: [String]
    var testDescription: String { guest }
  }

  private static let boards = [
    Board(guest: "i386", console: "ttyS0 reboot=t", options: ["-m", "256"]),
    Board(guest: "i386-pae", console: "ttyS0 reboot=t", options: ["-m", "256"]),
    Board(guest: "arm", console: "ttyAMA0", options: ["-M", "integratorcp", "-m", "128"]),
  ]

  private static func image(_ path: String, size: String) throws {
    #expect(try Guests.run("/usr/bin/truncate", ["-s", size, path], seconds: 10).status == 0)
  }

  /// The options of a run whose guest executes `script` with the tools there.
  private static func options(_ board: Board, _ folder: String, script: String, drive: String = "") throws -> [String] {
    let initrd = try Guests.initrd(board.guest, in: folder, files: ["script": script])
    return ["run", "-nographic", "-no-reboot"] + board.options + [
      "-drive", "file=\(folder)/disk.img,id=disk,format=raw\(drive)", "-device", "virtio-blk-device,drive=disk",
      "-kernel", Guests.path("\(board.guest)/vmlinuz"), "-initrd", initrd,
      "-append", "console=\(board.console) panic=-1 quiet run=sh~/script",
    ]
  }

  /// What the host makes of bytes of the image.
  private static func digest(_ folder: String, skip: Int = 0, megabytes: Int) throws -> String {
    let text = "dd if='\(folder)/disk.img' bs=1M skip=\(skip) count=\(megabytes) status=none | sha256sum"
    return String(try Guests.run("/bin/sh", ["-c", text], seconds: 60).output.prefix(64))
  }

  @Test(arguments: boards) func `ext4 is made, filled, checked and mounted again, and the host sees the same`(
    _ board: Board
  ) throws {
    guard Guests.hasTools(board.guest) else { return }
    try Traveller.withFolder { folder in
      try Self.image("\(folder)/disk.img", size: "64M")
      let script = """
        mkfs.ext4 -q /dev/vda && mount -t ext4 /dev/vda /root && echo made-it
        mkdir /root/d
        for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c $((i * 70001)) /dev/urandom >/root/d/$i; done
        cp /bin/busybox /root/d
        (cd /root/d && sha256sum * >/root/sums)
        umount /root && e2fsck -f -n /dev/vda && echo whole-it-is
        echo 3 >/proc/sys/vm/drop_caches
        mount -t ext4 /dev/vda /root && (cd /root/d && sha256sum -c -s ../sums) && echo same-as-before
        rm /root/d/3 /root/d/7 && sync && umount /root && e2fsck -f -n /dev/vda && echo whole-again
        echo "all: $(sha256sum </dev/vda)"
        reboot -f

        """
      let result = try Guests.run(Guests.ferry, try Self.options(board, folder, script: script), seconds: 240)
      for text in ["made-it", "whole-it-is", "same-as-before", "whole-again"] {
        #expect(result.output.contains(text), "\(board): no \(text): \(result.output.suffix(1500))")
      }
      let digest = try Self.digest(folder, megabytes: 64)
      #expect(result.output.contains("all: \(digest)"), "\(digest): \(result.output.suffix(300))")
      let check = try Guests.run("/sbin/e2fsck", ["-fn", "\(folder)/disk.img"], seconds: 60)
      #expect(check.status == 0, "\(check.output)")
    }
  }

  @Test(arguments: boards) func `a disk of 4 GiB is written and read behind 2 GiB and at its very end`(
    _ board: Board
  ) throws {
    guard Guests.hasTools(board.guest) else { return }
    try Traveller.withFolder { folder in
      try Self.image("\(folder)/disk.img", size: "4G")
      let script = """
        echo "sectors $(cat /sys/class/block/vda/size)"
        for at in 0 2047 2048 2561 4094; do
          dd if=/dev/urandom of=/dev/vda bs=1M count=2 seek=$at conv=notrunc 2>/dev/null
        done
        sync
        echo 3 >/proc/sys/vm/drop_caches
        for at in 0 2047 2048 2561 4094; do
          echo "at-$at $(dd if=/dev/vda bs=1M count=2 skip=$at 2>/dev/null | sha256sum)"
        done
        dd if=/dev/zero of=/dev/vda bs=1M seek=4096 count=1 2>&1 | grep -c 'No space'
        reboot -f

        """
      let result = try Guests.run(Guests.ferry, try Self.options(board, folder, script: script), seconds: 240)
      #expect(result.output.contains("sectors 8388608"), "\(result.output.suffix(500))")
      for place in [0, 2047, 2048, 2561, 4094] {
        let digest = try Self.digest(folder, skip: place, megabytes: 2)
        #expect(result.output.contains("at-\(place) \(digest)"), "\(place): \(result.output.suffix(900))")
      }
      let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/disk.img")[.size] as? Int
      #expect(size == 4 << 30)
    }
  }

  @Test(arguments: ["", ",overlay=over"]) func `what was synchronised outlives an emulator that is killed`(
    overlay: String
  ) throws {
    let board = Self.boards[0]
    guard Guests.hasTools(board.guest) else { return }
    try Traveller.withFolder { folder in
      try Self.image("\(folder)/disk.img", size: "64M")
      let script = """
        mkfs.ext4 -q /dev/vda && mount -t ext4 /dev/vda /root
        i=0
        while true; do
          i=$((i + 1)); head -c 300001 /dev/urandom >/root/f$i; sync
          echo "synced $i $(sha256sum </root/f$i | cut -c 1-64)"
        done

        """
      let drive = overlay.replacing("=", with: "=\(folder)/")
      let guest = try GuestTerminal(try Self.options(board, folder, script: script, drive: drive))
      try guest.process.run()
      var digests: [String] = []
      for number in 1...6 { digests.append(try #require(guest.line(after: "synced \(number) ", seconds: 200))) }
      #expect(digests.allSatisfy { $0.count == 64 } && Set(digests).count == 6)
      kill(guest.process.processIdentifier, SIGKILL)
      #expect(guest.ends())
      guard overlay.isEmpty else {
        // The next guest sees it: the host has no such overlays.
        let next = "mount -t ext4 /dev/vda /root && ls /root && e2fsck -V; sha256sum /root/f[1-6]; reboot -f\n"
        let again = try Guests.run(
          Guests.ferry, try Self.options(board, folder, script: next, drive: drive), seconds: 120)
        for (number, digest) in zip(1..., digests) {
          #expect(again.output.contains("\(digest)  /root/f\(number)"), "f\(number): \(again.output.suffix(900))")
        }
        return
      }
      // The journal first, as the next mount would.
      let check = try Guests.run("/sbin/e2fsck", ["-fy", "\(folder)/disk.img"], seconds: 60)
      #expect(check.status <= 1, "\(check.output)")
      for (number, digest) in zip(1..., digests) {
        let read = try Guests.run(
          "/bin/sh", ["-c", "/sbin/debugfs -R 'cat f\(number)' '\(folder)/disk.img' 2>/dev/null | sha256sum"],
          seconds: 20)
        #expect(read.output.hasPrefix(digest), "f\(number)")
      }
    }
  }
}

import Foundation
import Testing

/// Linux finds every virtio device and uses it, also when it is saved in the middle and goes on in another process.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct VirtioGuestTests {
  struct Board: CustomTestStringConvertible, Sendable {
    var name: String
    var console: String
    var options: [String]
    var guest: String
    /// Has the disk keep /bin/busybox, and prints the digest of what is there; without a file system where the
    /// initramfs lacks what that needs, as Debian's ext4 lacks crc32c here.
    var keeps: [String]
    /// Makes /root/f a place on the disk, for a shell.
    var mounts: String
    var unmounts: String
    var testDescription: String { name }
  }

  private static func debian(_ guest: String) -> Board {
    Board(
      name: guest, console: "ttyS0 reboot=t", options: ["-m", "256"], guest: guest,
      keeps: [
        "cat /bin/busybox >/dev/vda && sync && echo 3 >/proc/sys/vm/drop_caches",
        "head -c $(wc -c </bin/busybox) /dev/vda | sha256sum",
      ], mounts: "ln -s /dev/vda /root/f", unmounts: "sync")
  }

  private static let boards = [
    debian("i386"), debian("i386-pae"),
    Board(
      name: "Integrator/CP", console: "ttyAMA0", options: ["-M", "integratorcp", "-m", "128"], guest: "arm",
      keeps: [
        "mount -t ext4 /dev/vda /root && cp /bin/busybox /root/ && sync && umount /root",
        "mount -t ext4 /dev/vda /root && sha256sum </root/busybox && umount /root",
      ], mounts: "mount -t ext4 /dev/vda /root", unmounts: "umount /root"),
  ]

  /// Whether `board` is among the guests; the reason was printed where not.
  private static func isThere(_ board: Board) -> Bool {
    switch board.guest {
    case "arm": Guests.armIsThere
    // Its initramfs has no modules.
    case "i386-pae": Guests.hasTools(board.guest)
    default: true
    }
  }

  /// A sparse image with a file system in which there is nothing.
  private static func makeDisk(_ path: String, megabytes: Int) throws {
    let result = try Guests.run(
      "/bin/sh", ["-c", "truncate -s \(megabytes)M '\(path)' && /sbin/mkfs.ext4 -q -F '\(path)'"], seconds: 60)
    #expect(result.status == 0, "\(result.output)")
  }

  private static func resources(_ folder: String) -> [String] {
    [
      "-drive", "file=\(folder)/disk.img,id=disk,format=raw", "-chardev", "file,id=port,path=\(folder)/port.txt",
    ]
  }

  private static let devices = [
    "virtio-blk-device,drive=disk,serial=FERRY1,num-queues=2", "virtio-rng-device", "virtio-keyboard-device",
    "virtio-mouse-device", "virtio-tablet-device", "virtio-gpu-device,xres=800,yres=600", "virtio-balloon-device",
    "virtio-serial-device", "virtserialport,chardev=port,name=org.ferry.test",
  ].flatMap { ["-device", $0] }

  private static func kernel(_ board: Board, _ folder: String) throws -> [String] {
    let initrd = board.guest == "i386-pae" ? try Guests.initrd(board.guest, in: folder) : nil
    return [
      "-kernel", Guests.path("\(board.guest)/vmlinuz"), "-initrd", initrd ?? Guests.path("\(board.guest)/initrd.gz"),
    ]
  }

  @Test(arguments: boards) func `Linux finds and uses each device`(_ board: Board) throws {
    guard Self.isThere(board) else { return }
    try Traveller.withFolder { folder in
      try Self.makeDisk("\(folder)/disk.img", megabytes: 64)
      let commands =
        [
          "cat /sys/class/block/vda/serial", "cat /sys/class/misc/hw_random/rng_current",
          "dd if=/dev/hwrng bs=64 count=4 of=/tmp/random", "grep Name /proc/bus/input/devices", "cat /proc/fb",
          "cat /sys/class/virtio-ports/*/name", "ls -l /dev/vport*",
          "for d in /dev/vport*; do echo to-the-host >$d; done",
        ] + board.keeps + ["reboot -f"]
      let words = commands.map { "run=" + $0.replacingOccurrences(of: " ", with: "~") }.joined(separator: " ")
      let kernel = try Self.kernel(board, folder)
      let result = try Guests.run(
        Guests.ferry,
        ["run", "-nographic", "-no-reboot"] + board.options + Self.resources(folder) + Self.devices + kernel + [
          "-append", "console=\(board.console) panic=-1 \(words)",
        ], seconds: 240)
      #expect(result.status == 0)
      let digest = try Guests.busyboxDigest(initrd: Guests.path("\(board.guest)/initrd.gz"))
      for text in [
        "FERRY1", "virtio_rng", "Ferry virtio keyboard", "Ferry virtio mouse", "Ferry virtio tablet", "virtio_gpudrmfb",
        "org.ferry.test", "\(digest)  -",
      ] {
        #expect(result.output.contains(text), "\(board.name): no \(text)")
      }
      try Self.check(board, folder)
      #expect(try String(contentsOfFile: "\(folder)/port.txt", encoding: .utf8).contains("to-the-host"))
    }
  }

  @Test(arguments: boards) func `saved in the middle of writing, Linux goes on with all of them elsewhere`(
    _ board: Board
  ) throws {
    guard Self.isThere(board) else { return }
    try Traveller.withFolder { folder in
      try Self.makeDisk("\(folder)/disk.img", megabytes: 64)
      let work =
        "\(board.mounts); i=0; while [ $i -lt 40 ]; do i=$((i+1)); "
        + "dd if=/dev/urandom of=/tmp/f bs=64k count=4 2>/dev/null; cat /tmp/f >/root/f; sync; "
        + "echo 3 >/proc/sys/vm/drop_caches; A=$(sha256sum </tmp/f); "
        + "[ \"$A\" = \"$(head -c 262144 /root/f | sha256sum)\" ] || echo DIFFERENT; "
        + "dd if=/dev/hwrng of=/dev/null bs=64 count=1 2>/dev/null || echo NO-RANDOM; echo round-$i; done; "
        + "\(board.unmounts); echo all-do''ne; reboot -f\n"
      var resources = ["run", "-nographic", "-no-reboot"] + Self.resources(folder)
      let kernel = try Self.kernel(board, folder)
      let first = try GuestTerminal(
        resources + board.options + Self.devices + kernel
          + ["-append", "console=\(board.console) panic=-1 quiet"])
      try first.process.run()
      #expect(first.expect("/ # ", seconds: 200))
      first.type(work)
      #expect(first.expect("round-5", seconds: 120))
      first.type("\u{1}c")
      #expect(first.expect("(ferry) "))
      first.type("stop\nsavevm \(folder)/a.ferry\n")
      #expect(first.expect("(ferry) ") && first.expect("(ferry) ", seconds: 60))
      first.type("quit\n")
      #expect(first.ends(seconds: 60))
      resources += ["-loadvm", "\(folder)/a.ferry"]
      let second = try GuestTerminal(resources)
      try second.process.run()
      // It was saved while it stood still.
      second.type("\u{1}c")
      #expect(second.expect("(ferry) "))
      second.type("cont\n\u{1}c")
      #expect(second.expect("all-done", seconds: 200), "\(second.output.suffix(2000))")
      #expect(!second.output.contains("DIFFERENT") && !second.output.contains("NO-RANDOM"))
      #expect(second.ends(seconds: 60))
      try Self.check(board, folder)
    }
  }

  /// Where there is a file system, it is whole.
  private static func check(_ board: Board, _ folder: String) throws {
    guard board.mounts.hasPrefix("mount") else { return }
    let check = try Guests.run("/sbin/e2fsck", ["-fn", "\(folder)/disk.img"], seconds: 60)
    #expect(check.status == 0, "\(check.output)")
  }
}

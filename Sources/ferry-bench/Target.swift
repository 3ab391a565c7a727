import Host

/// A board as both emulators know it, and what is run on it.
struct Target {
  let board: String
  /// The built-in guest's image, and how its list of commands ends the run.
  let guest: String
  let guestEnd: String
  /// QEMU's program and the options that make it the same machine; `guestEnd` may need a device there.
  let qemu: (program: String, options: [String], guestWords: String)
  /// A command line's end that makes a network, by what it is called; the first is compared with QEMU's.
  typealias Network = (name: String, options: [String])
  let networks: [Network]
  let qemuNetwork: Network?
  /// An archive with programs that compute, for an initramfs; `/compute/all` runs them.
  let programs: String
  /// The kernel's command line, but for what it runs.
  let kernelWords: String
  /// How many CPUs it gets.
  var cpus = 1

  private static let virtioNetwork = ["-netdev", "user,id=n", "-device", "virtio-net-device,netdev=n"]

  static let all = [
    Target(
      board: "microvm", guest: "roms/demo/demo.elf", guestEnd: "run=off",
      qemu: (
        "/usr/bin/qemu-system-i386", ["-m", "256", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"], "exit=0xf4 "
      ),
      networks: [("virtio", Self.virtioNetwork + ["-m", "256"])],
      qemuNetwork: ("virtio", Self.virtioNetwork + ["-M", "microvm,acpi=on", "-m", "256"]),
      programs: "roms/compute/compute-i386.cpio", kernelWords: "console=ttyS0 panic=-1 reboot=t"),
    Target(
      board: "integratorcp", guest: "roms/demo/demo-arm.bin", guestEnd: "run=reboot",
      qemu: ("/usr/bin/qemu-system-arm", ["-M", "integratorcp", "-m", "128", "-audiodev", "none,id=none"], ""),
      networks: [("virtio", Self.virtioNetwork), ("LAN91C111", ["-nic", "user"])],
      // QEMU's board has no virtio, and its LAN91C111 fetches 25 kB a second.
      qemuNetwork: nil,
      programs: "roms/compute/compute-arm.cpio", kernelWords: "console=ttyAMA0 panic=-1"),
  ]

  static func named(_ name: String) throws -> Target {
    guard let target = all.first(where: { $0.board == name }) else {
      throw OptionError.unknown("board", name, among: all.map(\.board))
    }
    return target
  }
}

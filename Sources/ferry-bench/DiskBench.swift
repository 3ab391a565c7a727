import Foundation
import Host

/// Measures how long Linux takes to write a virtio disk from its beginning and to read it again, on Ferry and in turn on
/// QEMU, whose device and cache are the same.
struct DiskBench {
  let site: Site
  let target: Target
  /// Of Ferry, with the engine's option.
  let engine: [String]

  private static let megabytes = 256

  /// What runs Linux, and how long each took, in seconds.
  private struct Way {
    var name: String
    var program: String
    var options: [String]
    var write: [Double] = []
    var read: [Double] = []
  }

  /// Prints the medians.
  func run() throws {
    let image = "\(site.folder)-disk.img"
    defer { unlink(image) }
    let disk = ["-drive", "if=none,file=\(image),id=d,format=raw", "-device", "virtio-blk-device,drive=d"]
    let kernel = ["-kernel", "\(site.guests)/vmlinuz", "-initrd", "\(site.guests)/initrd.gz", "-m", "256"]
    var ways = [
      Way(name: "Ferry", program: site.ferry, options: ["run", "-M", target.board] + engine + disk + kernel)
    ]
    if site.withQEMU, target.board == "microvm" {
      ways.append(Way(name: "QEMU", program: target.qemu.program, options: ["-M", "microvm,acpi=on"] + disk + kernel))
    }
    for _ in 0..<site.pairs {
      for index in ways.indices {
        unlink(image)
        _ = FileManager.default.createFile(atPath: image, contents: nil)
        guard truncate(image, Self.megabytes << 20) == 0 else { throw HostError("\(image): cannot be made") }
        let options =
          ways[index].options + ["-append", target.kernelWords + " quiet"] + [
            "-display", "none", "-serial", "stdio", "-monitor", "none",
          ]
        let guest = try GuestProcess(
          SnapshotSubject.Launch(program: ways[index].program, arguments: options, monitor: "\(site.folder)-monitor"))
        try guest.wait(for: "/ # ", seconds: 300)
        let count = "bs=1M count=\(Self.megabytes) 2>/dev/null"
        // Once for the file's blocks on the host, which are made then.
        _ = try seconds("dd if=/dev/zero of=/dev/vda conv=fsync \(count)", "ma''de", guest)
        ways[index].write.append(try seconds("dd if=/dev/zero of=/dev/vda conv=fsync \(count)", "writ''ten", guest))
        _ = try seconds("echo 3 >/proc/sys/vm/drop_caches", "drop''ped", guest)
        ways[index].read.append(try seconds("dd if=/dev/vda of=/dev/null \(count)", "re''ad-it", guest))
        guest.kill()
      }
    }
    for (name, path) in [("written", \Way.write), ("read", \Way.read)] as [(String, KeyPath<Way, [Double]>)] {
      for (number, way) in ways.enumerated() {
        var line = "\(Self.megabytes) MiB \(name), \(way.name): \(show(median(way[keyPath: path]), digits: 2)) s"
        if number == 0, ways.count > 1 {
          let pairs = zip(way[keyPath: path], ways[1][keyPath: path]).map { $0 / $1 }
          line += ", QEMU is faster by \(show(median(pairs), digits: 2))"
        }
        print(line)
      }
    }
  }

  /// How long `command` takes in the guest; `mark` is typed so that its echo is another.
  private func seconds(_ command: String, _ mark: String, _ guest: GuestProcess) throws -> Double {
    let started = HostClock.monotonic
    try guest.type("\(command); echo \(mark)\n")
    try guest.wait(for: mark.replacingOccurrences(of: "'", with: ""), seconds: 300)
    return Double(HostClock.monotonic - started) / 1e9
  }
}

import Foundation
import Host

/// Measures how long Linux takes to fetch 100 MB from the host through user networking, on Ferry and in turn on QEMU.
struct NetworkBench {
  let site: Site
  let target: Target
  /// Of Ferry, with the engine's option.
  let engine: [String]

  private static let size = 100 << 20

  /// What is fetched from, by name, and how long that took, in seconds.
  private struct Way {
    var name: String
    var program: String
    var options: [String]
    var seconds: [Double] = []
  }

  /// Prints the medians.
  func run() throws {
    let server = try FileServer(size: Self.size)
    let kernel = ["-kernel", "\(site.guests)/vmlinuz", "-initrd", "\(site.guests)/initrd.gz"]
    var ways = target.networks.map {
      Way(name: "Ferry, \($0.name)", program: site.ferry, options: ["run", "-M", target.board] + engine + $0.options)
    }
    if site.withQEMU, let theirs = target.qemuNetwork {
      ways.append(Way(name: "QEMU, \(theirs.name)", program: target.qemu.program, options: theirs.options))
    }
    let words = target.kernelWords + " quiet"
    for _ in 0..<site.pairs {
      for index in ways.indices {
        var options = ways[index].options + kernel + ["-append", words]
        options += ["-display", "none", "-serial", "stdio", "-monitor", "none"]
        let guest = try GuestProcess(
          SnapshotSubject.Launch(program: ways[index].program, arguments: options, monitor: "\(site.folder)-monitor"))
        try guest.wait(for: "/ # ", seconds: 300)
        try guest.type(
          "ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2; echo is-u''p\n")
        try guest.wait(for: "is-up", seconds: 30)
        let started = HostClock.monotonic
        try guest.type("wget -q -O /dev/null http://10.0.2.2:\(server.port)/ && echo fetch''ed\n")
        try guest.wait(for: "fetched", seconds: 300)
        ways[index].seconds.append(Double(HostClock.monotonic - started) / 1e9)
        guest.kill()
      }
    }
    let theirs = ways.last { $0.program != site.ferry }
    for way in ways {
      var line = "wget of 100 MB, \(way.name): \(show(median(way.seconds), digits: 2)) s"
      if let theirs, theirs.name != way.name {
        line += ", QEMU is faster by \(show(median(zip(way.seconds, theirs.seconds).map { $0 / $1 }), digits: 2))"
      }
      print(line)
    }
  }
}

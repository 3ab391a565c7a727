import Foundation
import Host

/// Measures migrations of Debian from one process to the next, on Ferry and in turn on QEMU.
struct MigrationBench {
  let site: Site

  /// What the guest does meanwhile.
  private enum Load: String, CaseIterable {
    case idle = "256 MiB, idle"
    case filled = "1 GiB, 800 MiB of it filled"
    case busy = "256 MiB, 200 MB/s of it changing"

    var megabytes: Int { self == .filled ? 1024 : 256 }
  }

  private enum Way: String, CaseIterable { case unix, tcp }

  /// One move: its times in milliseconds, and bytes a second.
  private struct Move {
    var total: Double
    var downtime: Double
    var throughput: Double
  }

  /// Prints the medians.
  func run() throws {
    try site.withFolder { for load in Load.allCases { try measure(load) } }
  }

  /// An emulator with the guest that it moves from process to process.
  private final class Traveller {
    let subject: MigrationSubject
    var guest: GuestProcess
    var moves: [Move] = []
    private var number = 0

    init(_ subject: MigrationSubject, _ load: Load) throws {
      self.subject = subject
      guest = try GuestProcess(subject.start())
      try guest.wait(for: "BOOT-OK", seconds: 300)
      try guest.wait(for: "/ # ", seconds: 30)
      switch load {
      case .idle: break
      case .filled: try guest.fillMemory()
      case .busy:
        try guest.type("mkdir /m; mount -t tmpfs none /m; i=0\n")
        var pause = 20_000.0
        var rate = 0.0
        for _ in 0..<5 {
          // 10 MB at a time, over and over the same 100, and a mark after each 50.
          let change = "dd if=/dev/zero of=/m/0 bs=1000k count=10 seek=$((i%10*10)) conv=notrunc 2>/dev/null"
          let rest = "usleep \(Int(pause))"
          try guest.type("(while :; do \(change); i=$((i+1)); [ $((i%5)) = 0 ] && echo '###'; \(rest); done) &\n")
          for _ in 0..<2 { try guest.wait(for: "###\r\n", seconds: 60) }
          rate = try guest.rate(of: "###", for: 4) * 51.2
          guard abs(rate - 200) > 20, pause > 0 else { break }
          pause = max(0, pause + 10.24e6 / 200 - 10.24e6 / rate)
          try guest.type("kill $!; echo en''ded\n")
          try guest.wait(for: "ended\r\n", seconds: 60)
        }
        print("\(load.rawValue): \(subject.name): \(show(rate, digits: 0)) MB/s")
      }
    }

    /// Goes on in another process, to which `way` leads.
    func move(_ way: Way, _ site: Site, _ load: Load) throws {
      number += 1
      let uri =
        way == .unix
        ? "unix:\(site.folder)/\(subject.name)-way-\(number)" : "tcp:127.0.0.1:\(20_000 + Int.random(in: 0..<10_000))"
      let next = try GuestProcess(subject.wait(at: uri, number: number))
      Thread.sleep(forTimeInterval: 1)
      try subject.prepare(guest)
      // So that its monitor is connected.
      _ = try next.execute("query-status")
      site.memory.fetch()
      moves.append(try migrate(to: uri, next))
      guest.kill()
      guest = next
      // It lives.
      if load != .busy { try guest.type("echo he''re\n") }
      try guest.wait(for: load == .busy ? "###" : "here\r\n", seconds: 60)
    }

    /// The downtime is what passes between the events STOP of the one process and RESUME of the other.
    private func migrate(to uri: String, _ next: GuestProcess) throws -> Move {
      let start = HostClock.monotonic
      _ = try guest.execute("migrate", ["uri": uri])
      while true {
        let info = try guest.execute("query-migrate") as? [String: Any] ?? [:]
        switch info["status"] as? String {
        case "completed":
          let memory = info["ram"] as? [String: Any] ?? [:]
          let total = info["total-time"] as? Double ?? .nan
          let bytes = memory["transferred"] as? Double ?? .nan
          guard let resumed = try next.time(of: "RESUME"), let stopped = try guest.time(of: "STOP") else {
            throw HostError("\(uri): nobody says when the guest stood still")
          }
          return Move(total: total, downtime: (resumed - stopped) * 1000, throughput: bytes / total * 1000)
        case "failed", "cancelled": throw HostError("\(uri): \(info["error-desc"] ?? "it failed")")
        default: break
        }
        guard HostClock.monotonic - start < 300_000_000_000 else { throw HostError("\(uri): it does not end") }
        usleep(5000)
      }
    }
  }

  private func measure(_ load: Load) throws {
    var subjects = [
      MigrationSubject.ferry(site.ferry, kernel: site.guests, megabytes: load.megabytes, folder: site.folder)
    ]
    if site.withQEMU {
      subjects.append(.qemu(kernel: site.guests, megabytes: load.megabytes, folder: site.folder))
    }
    var travellers: [Traveller] = []
    for subject in subjects {
      let traveller = try Traveller(subject, load)
      // One at a time.
      traveller.guest.isHalted = true
      travellers.append(traveller)
    }
    for way in Way.allCases {
      var copies: [Double] = []
      for traveller in travellers { traveller.moves = [] }
      for _ in 0..<site.pairs {
        for traveller in travellers {
          traveller.guest.isHalted = false
          try traveller.move(way, site, load)
          traveller.guest.isHalted = true
        }
        guard load == .filled else { continue }
        site.memory.fetch()
        copies.append(try PlainCopy(way == .tcp).bytesPerSecond(800 << 20))
      }
      for traveller in travellers {
        func middle(_ value: (Move) -> Double) -> String { show(median(traveller.moves.map(value)), digits: 1) }
        let throughput = load == .filled ? ", \(middle { $0.throughput / 1e6 }) MB/s" : ""
        print(
          "\(load.rawValue), \(way): \(traveller.subject.name): total \(middle { $0.total }) ms, downtime "
            + "\(middle { $0.downtime }) ms\(throughput)")
      }
      if load == .filled { print("a plain copy, \(way): \(show(median(copies) / 1e6, digits: 1)) MB/s") }
    }
  }
}

import Foundation
import GuestMemory
import MachineSample
import SavedState
import Snapshots
import Testing

@testable import Boards

/// With `-clock instructions` a machine that moves from file to file, at moments that mean nothing to its guest, is at
/// every instruction as one that stays.
struct SnapshotJourneyTests {
  /// `FERRY_MOMENTS`: how often Linux moves; that takes about a second for ten.
  private static let moments = ProcessInfo.processInfo.environment["FERRY_MOMENTS"].flatMap { Int($0) }
  private static let guests = ProcessInfo.processInfo.environment["FERRY_GUESTS"] ?? ""

  /// Lets the first CPU execute `count` instructions; false when the machine has ended.
  private func step(_ machine: Machine, _ count: Int) -> Bool {
    let end = machine.cpus[0].executed &+ UInt64(count)
    while machine.cpus[0].executed < end {
      switch machine.run(instructions: Int(end &- machine.cpus[0].executed)) {
      case .halted:
        guard let next = machine.clock.nextDeadline else { return false }
        machine.time.skip(to: next)
      case .shutdown, .debug: return false
      case .budget, .kicked: if machine.request != nil || machine.runState == .internalError { return false }
      }
    }
    return true
  }

  private func wait(_ job: SnapshotJob) throws {
    var end = pollfd(fd: job.descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&end, 1, -1) < 0 {}
    _ = try #require(job.result).get()
  }

  /// A digest of all memory.
  private func digest(_ machine: Machine) -> UInt64 {
    machine.allBlocks.reduce(0) { sum, block in
      guard let place = block.readable(0, count: block.size) else { return 0 }
      return sum &* 31 &+ XXH64.hash(UnsafeRawBufferPointer(start: place, count: block.size))
    }
  }

  /// Lets `resident` run and moves `moved` at up to `most` instructions from each other; what differs at the looks.
  private func journey(
    _ resident: Machine, _ moved: Machine, moves: Int, most: UInt64, looks: Int, seed: UInt64
  ) throws -> [String] {
    try SampleMachines.withFolder { folder in
      var moved = moved
      var late: LateLoad?
      var random = SplitMix64(seed: seed)
      for number in 0..<moves {
        let count = Int(random.next() % most) + 1
        let goesOn = step(resident, count)
        guard step(moved, count) == goesOn else { return ["move \(number): one of them has ended"] }
        if number % max(1, moves / looks) == 0 || !goesOn || number == moves - 1 {
          let differences = resident.save().differences(to: moved.save()).map { "move \(number): \($0)" }
          guard differences.isEmpty else { return Array(differences.prefix(5)) }
          guard digest(resident) == digest(moved) else { return ["move \(number): memory differs"] }
        }
        guard goesOn else { return number < moves - 1 ? ["the guest ended at move \(number)"] : [] }
        // In turn whole, compressed, and as the difference to the last one.
        var options = SnapshotOptions()
        if number % 3 == 1 { options.compression = 1 }
        if number % 3 == 2 { options.base = try SnapshotMemory(try SnapshotFile("\(folder)/\(number - 1).ferry")) }
        let path = "\(folder)/\(number).ferry"
        if random.next() & 1 == 0 {
          try moved.save(to: path, SnapshotNotes(), options)
        } else {
          // Whoever is saved runs on meanwhile, as it likes.
          let job = try moved.beginSave(to: path, SnapshotNotes(), options)
          _ = moved.run(instructions: Int(random.next() % most))
          try wait(job)
        }
        if number >= 3 { try? FileManager.default.removeItem(atPath: "\(folder)/\(number - 3).ferry") }
        let file = try SnapshotFile(path)
        // Into the same machine now and then, else into one that is made of the file.
        if random.next() % 4 != 0 {
          let (board, setup) = try file.contents().machine(file: path)
          moved = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
        }
        if random.next() & 1 == 0 { try moved.load(file) } else { late = try moved.loadLate(file) }
        if let loss = late?.firstLoss { return ["move \(number): \(loss)"] }
      }
      return []
    }
  }

  @Test(arguments: SampleMachines.boards, [UInt64(5), 6])
  func `the built-in guest does not notice that it moves through files`(name: String, seed: UInt64) throws {
    let machines = try (0..<2).map { _ in
      try SampleMachines.running(name, instructions: 1) { if name == "microvm", seed == 6 { $0.cpus = 2 } }
    }
    let moves = Self.moments ?? 30
    #expect(try journey(machines[0], machines[1], moves: moves, most: 100_000, looks: 10, seed: seed) == [])
  }

  @Test(
    .enabled(
      if: moments != nil && FileManager.default.isReadableFile(atPath: guests + "/arm/vmlinuz"),
      "FERRY_MOMENTS says how often, FERRY_GUESTS where it is"), arguments: ["microvm", "integratorcp"])
  func `Linux does not notice that it moves through files while it boots and digests`(name: String) throws {
    func machine() throws -> Machine {
      let machine = try SampleMachines.bare(name) { $0.memory = name == "microvm" ? 128 << 20 : 64 << 20 }
      let folder = name == "microvm" ? "i386" : "arm"
      func file(_ name: String) throws -> BootRequest.File {
        let path = "\(Self.guests)/\(folder)/\(name)"
        return BootRequest.File(name: path, bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
      }
      let console = name == "microvm" ? "ttyS0 reboot=t" : "ttyAMA0"
      let words = "console=\(console) panic=-1 run=while~:;do~sha256sum~/bin/busybox;done"
      try machine.useKernel(
        BootRequest(kernel: try file("vmlinuz"), modules: [try file("initrd.gz")], commandLine: words))
      try machine.powerOn()
      return machine
    }
    let moves = Self.moments ?? 0
    let most: UInt64 = name == "microvm" ? 2_000_000 : 1_000_000
    #expect(try journey(try machine(), try machine(), moves: moves, most: most, looks: 100, seed: 7) == [])
  }
}

import Foundation
import GuestMemory
import MachineSample
import SavedState
import Synchronization
import Testing

@testable import Boards

/// The built-in guests on memory that is being saved, that comes late, or that is not to be had at first, each beside a
/// twin whose memory is all there.
struct MemoryInUseTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// A board, its guest, and how many instructions of it are worth watching.
  struct Guest: CustomTestStringConvertible, Sendable {
    let board: String
    let image: String
    let end: String
    var testDescription: String { board }
  }

  static let guests = [
    Guest(board: "microvm", image: "demo.elf", end: "off"),
    Guest(board: "integratorcp", image: "demo-arm.bin", end: "reboot"),
  ]

  private func machine(_ guest: Guest) throws -> Machine {
    let text = try String(contentsOf: Self.root.appending(path: "machines/\(guest.board).yaml"), encoding: .utf8)
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    setup.memory = 16 << 20
    setup.noReboot = true
    let board = try BoardReader(text, file: guest.board).versions()[0]
    let machine = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
    let path = Self.root.appending(path: "roms/demo/\(guest.image)").path
    let image = BootRequest.File(name: path, bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
    try machine.useKernel(
      BootRequest(kernel: image, commandLine: "quiet run=test run=bench~memory~1 run=\(guest.end)"))
    try machine.powerOn()
    return machine
  }

  /// Runs `count` instructions, or until the guest has ended; how often memory was lost meanwhile.
  @discardableResult
  private func step(_ machine: Machine, _ count: Int) -> Int {
    let end = machine.cpus[0].executed &+ UInt64(count)
    var losses = 0
    while machine.cpus[0].executed < end, machine.request == nil {
      let exit = machine.run(instructions: Int(end &- machine.cpus[0].executed))
      if machine.runState == .internalError {
        losses += 1
        machine.resume()
      } else if exit == .halted, let next = machine.clock.nextDeadline {
        machine.time.skip(to: next)
        machine.clock.runDue()
      }
    }
    return losses
  }

  /// A machine that goes on from where `other` is, with memory that comes from `source`.
  private func copy(_ guest: Guest, of other: Machine, refusesFirst: Bool = false) throws -> Machine {
    let copy = try machine(guest)
    try copy.load(other.save())
    for block in copy.allBlocks {
      guard let original = other.allBlocks.first(where: { $0.name == block.name }) else { continue }
      block.fill(from: LateMemory(original.contents, refusesFirst: refusesFirst))
    }
    return copy
  }

  private func differences(_ a: Machine, _ b: Machine) -> [String] {
    var found = a.save().differences(to: b.save()).map { "\($0)" }
    for (one, other) in zip(a.allBlocks, b.allBlocks) where one.contents != other.contents {
      found.append("memory \(one.name) differs")
    }
    return found
  }

  @Test(arguments: guests) func `what is saved while the guest runs on is what was there at the moment`(
    _ guest: Guest
  ) throws {
    let resident = try machine(guest)
    let saved = try machine(guest)
    var moments = 0
    while saved.request == nil, moments < 12 {
      step(resident, 700_000)
      step(saved, 700_000)
      moments += 1
      let blocks = saved.allBlocks
      let before = blocks.map(\.contents)
      let frozen = try blocks.map { try #require(try $0.freeze(room: 16 << RAMBlock.pageShift, patience: .max)) }
      let image = SavedImage()
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        image.take(frozen)
        done.signal()
      }
      step(resident, 50_000)
      step(saved, 50_000)
      done.wait()
      #expect(image.blocks.withLock { $0 } == before, "moment \(moments)")
    }
    #expect(differences(resident, saved) == [])
  }

  @Test(arguments: guests) func `a guest does not notice that its memory comes late`(_ guest: Guest) throws {
    let resident = try machine(guest)
    for moment in [10_000, 400_000, 3_000_000] {
      step(resident, moment)
      let late = try copy(guest, of: resident)
      step(resident, 500_000)
      step(late, 500_000)
      #expect(late.ram.isLazy)
      #expect(differences(resident, late) == [])
      #expect(!late.ram.isLazy)
    }
  }

  @Test(arguments: guests) func `memory that is lost stops the machine before anything comes of it`(
    _ guest: Guest
  ) throws {
    let resident = try machine(guest)
    var losses = 0
    for moment in [0, 1000, 20_000, 300_000, 400_000, 3_000_000] {
      step(resident, moment)
      // Each chunk is refused when it is first touched; the machine stops, and is told to go on.
      let late = try copy(guest, of: resident, refusesFirst: true)
      step(resident, 200_000)
      losses += step(late, 200_000)
      // What was never touched is refused once, too.
      for block in late.allBlocks { while block.readable(0, count: block.size) == nil {} }
      late.resume()
      #expect(differences(resident, late) == [], "after \(moment)")
    }
    #expect(losses > 20)
  }
}

/// What a saver's thread takes.
private final class SavedImage: Sendable {
  let blocks = Mutex<[[UInt8]]>([])

  func take(_ frozen: [FrozenRAM]) {
    for block in frozen {
      var bytes = [UInt8](repeating: 0, count: block.pageCount << RAMBlock.pageShift)
      var next = 0
      var isTaken = [Bool](repeating: false, count: block.pageCount)
      while next < block.pageCount {
        let page = block.urgentPage ?? next
        bytes.withUnsafeMutableBytes { bytes in
          let start = page << RAMBlock.pageShift
          let target = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + RAMBlock.pageSize])
          _ = try? block.take(page..<page + 1, into: target)
        }
        isTaken[page] = true
        while next < block.pageCount, isTaken[next] { next += 1 }
      }
      blocks.withLock { $0.append(bytes) }
    }
  }
}

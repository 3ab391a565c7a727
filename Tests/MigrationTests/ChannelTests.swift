import Boards
import Foundation
import GuestMemory
import Host
import MigrationSample
import SavedState
import Testing

@testable import Migration

/// Pages that come over several connections side by side.
struct ChannelTests {
  private func equip(_ setup: inout MachineSetup) { setup.memory = 16 << 20 }

  /// A guest on its way, by `channels`.
  private func begin(
    _ moves: Moves, _ name: String = "microvm", channels: UInt64 = 3, _ capabilities: Set<MigrationCapability> = [],
    faults: (FaultPlan?, FaultPlan?) = (nil, nil), bandwidth: UInt64 = 0
  ) throws -> (machine: Machine, other: Machine, sides: Moves.Sides, path: String) {
    moves.pace = 2000
    let machine = try moves.running(name, equip)
    let other = try moves.bare(name, equip)
    // Something everywhere, so that each channel has its share.
    let ram = try #require(machine.allBlocks.max { $0.size < $1.size })
    for place in stride(from: 4 << 20, to: ram.size, by: 40 << 10) {
      ram.write(place, count: 4096) { base in
        for at in stride(from: 0, to: 4096, by: 8) { base.storeBytes(of: place ^ at, toByteOffset: at, as: Int.self) }
      }
    }
    let (sides, path) = try moves.beginAtSocket(machine, into: other, faults: faults) {
      $0.capabilities = capabilities.union([.multifd])
      $0.parameters.channels = channels
      $0.parameters.bandwidth = bandwidth
    }
    return (machine, other, sides, path)
  }

  @Test(
    arguments: Moves.boards,
    [
      (1, []), (2, [.verifyMemory]), (3, [.xbzrle]), (16, [.compress, .xbzrle, .verifyMemory]), (4, [.postcopyRAM]),
    ] as [(UInt64, Set<MigrationCapability>)])
  func `memory arrives whole, by however many ways`(
    name: String, way: (channels: UInt64, capabilities: Set<MigrationCapability>)
  ) throws {
    let moves = Moves()
    let (machine, other, sides, _) = try begin(
      moves, name, channels: way.channels, way.capabilities, bandwidth: 40_000_000)
    if way.capabilities.contains(.postcopyRAM) {
      moves.go([machine]) { sides.out.progress.rounds > 0 }
      try sides.out.startPostcopy()
    }
    moves.go([machine]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .completed, "\(moves.notes) \(sides.out.progress)")
    #expect(sides.into.progress.status == .completed)
    #expect(other.isRunning && !machine.isRunning)
    #expect(Moves.haveSameMemory(machine, other))
    #expect(machine.save().differences(to: other.save()).map(\.description) == [])
    if !way.capabilities.contains(.postcopyRAM) {
      #expect(sides.into.progress.pages.plain + sides.into.progress.pages.difference > 300)
      #expect(sides.into.progress.transferred == sides.out.progress.transferred)
    }
  }

  @Test(arguments: 0..<24) func `a fault in a channel leaves one side running`(number: Int) throws {
    var random = SplitMix64(seed: UInt64(number) &* 0x2545_f491)
    let byte = random.next() % [40, 5000, 100_000, 1_000_000][number % 4]
    let action: FaultPlan.Action = number % 3 == 0 ? .cut : number % 3 == 1 ? .corrupt : .delay(20)
    let plan = FaultPlan(
      action, at: number % 2 == 0 || number % 3 == 1 ? .sentByChannel(byte) : .receivedByChannel(byte))
    let moves = Moves()
    let isSource = number % 2 == 0 || number % 3 == 1
    let (machine, other, sides, _) = try begin(moves, faults: isSource ? (plan, nil) : (nil, plan))
    moves.go([machine]) { !sides.isUnderWay }
    #expect(machine.isRunning != other.isRunning, "\(plan) \(moves.notes)")
    if sides.out.progress.status == .failed {
      #expect(sides.out.progress.error?.description.contains("channel 0: ") ?? false, "\(sides.out.progress)")
    }
    if case .delay = action { #expect(sides.out.progress.status == .completed) }
    if sides.out.progress.status == .completed { #expect(Moves.haveSameMemory(machine, other)) }
  }

  @Test func `it can be given up while channels are at work`() throws {
    let moves = Moves()
    let (machine, other, sides, _) = try begin(moves, bandwidth: 1_000_000)
    moves.go([machine]) { sides.out.progress.transferred > 200_000 }
    sides.out.cancel()
    moves.go([machine]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .cancelled)
    #expect(machine.isRunning && other.runState == .inMigrate)
    // The bandwidth is that of all channels together.
    #expect(sides.out.progress.transferred < 2_000_000)
  }

  @Test func `who calls and is no channel of this migration is turned away, and it goes on`() throws {
    let moves = Moves()
    let (machine, other, sides, path) = try begin(
      moves, channels: 2, faults: (FaultPlan(.delay(300), at: .phase("copying")), nil))
    moves.go([machine]) { sides.into.progress.status == .active }
    let id = MigrationID()
    let hello = MigrationFormat.hello.frame
    let words = [
      [], Array("GET / HTTP/1.1\r\n\r\n".utf8), hello + hello, hello + Message.join(id, channel: 0).frame,
      hello + Message.go.frame, [UInt8](repeating: 0xff, count: 10_000), hello, hello,
    ]
    let lines = words.compactMap { words -> PeerLine? in
      let line = PeerLine(calling: path)
      line?.send(words)
      return line
    }
    #expect(lines.count == words.count)
    moves.go([machine]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .completed, "\(moves.notes)")
    #expect(other.isRunning && Moves.haveSameMemory(machine, other))
    for line in lines { line.hangUp() }
  }

  @Test func `where there is but one connection, everything goes over it`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm", equip)
    let other = try moves.bare("microvm", equip)
    let sides = try moves.move(machine, into: other) { $0.capabilities = [.multifd] }
    #expect(sides.out.progress.status == .completed, "\(moves.notes)")
    #expect(other.isRunning && Moves.haveSameMemory(machine, other))
  }

  // MARK: Sources that do not keep to it

  /// What a destination says to a source whose offer has two channels, and that says `words` by them and by its own
  /// connection.
  private func arrive(
    _ words: @escaping @Sendable (_ main: PeerLine, _ channels: [PeerLine]) -> Void
  ) throws -> [String] {
    let recorded = try RecordedMove("microvm") { $0.memory = 4 << 20 }
    let moves = Moves()
    let machine = try moves.bare("microvm") { $0.memory = 4 << 20 }
    let path = Moves.place()
    let (into, destination) = try moves.receiver(of: machine, at: path)
    var offer = recorded.offer
    offer["capabilities"] = .list([.text("multifd")])
    offer["channels"] = .integer(2)
    guard case .bytes(let id)? = offer["id"] else { throw MigrationError("the offer has no id") }
    let payload = offer.der()
    let line = try #require(PeerLine(calling: path))
    #expect(moves.go([], seconds: 5) { destination.isBusy })
    Thread.detachNewThread {
      line.send(ObligingPeer.hello + Mangler.frame(.offer, payload))
      while let (kind, _) = line.receive(), kind != .answer {}
      let lines = (0..<2).compactMap { number -> PeerLine? in
        let channel = PeerLine(calling: path)
        channel?.send(ObligingPeer.hello + Message.join(MigrationID(bytes: id), channel: number).frame)
        _ = channel?.receive()
        return channel
      }
      words(line, lines)
      line.drain()
    }
    #expect(moves.go([], seconds: 10) { !destination.isBusy })
    line.hangUp()
    #expect(into.progress.status == .failed)
    #expect(machine.runState == .inMigrate)
    return moves.notes
  }

  /// PAGES of the first block: `count` pages of zeros from `page` on.
  private static func zeros(_ page: UInt32, _ count: UInt64) -> [UInt8] {
    Mangler.frame(.pages, PageEntry.table(0, [PageEntry(page: page, size: 0, form: 0, checksum: count)]))
  }

  private static func round(_ number: UInt32, isLast: Bool = false, pages: UInt64) -> [UInt8] {
    Message.round(number: number, isLast: isLast, pages: pages).frame
  }

  private static let tricks: [(String, @Sendable (PeerLine, [PeerLine]) -> Void)] = [
    ("PAGES came, which are to come by channels", { main, _ in main.send(zeros(0, 1)) }),
    ("channel 1: page 3 of ", { _, lines in lines[1].send(zeros(3, 1)) }),
    ("channel 0: page 511 of ", { _, lines in lines[0].send(zeros(511, 2)) }),
    ("channel 0: round 2 came where 1 was due", { _, lines in lines[0].send(round(2, pages: 0)) }),
    ("channel 1: a round had 1 pages, and 0 came", { _, lines in lines[1].send(round(1, pages: 1)) }),
    (
      "a round had 7 pages, and 1 came",
      { main, lines in
        lines[0].send(zeros(0, 1) + round(1, pages: 1))
        lines[1].send(round(1, pages: 0))
        main.send(round(1, pages: 7))
      }
    ),
    (
      "a channel has got further than round 1",
      { main, lines in
        lines[0].send(round(1, isLast: true, pages: 0))
        lines[1].send(round(1, pages: 0))
        main.send(round(1, pages: 0))
      }
    ),
    (
      "channel 0: STATE came where PACKED or PAGES or ROUND was due",
      { _, lines in lines[0].send(Mangler.frame(.state, [])) }
    ),
    ("channel 1: the connection was closed", { _, lines in lines[1].hangUp() }),
    ("nothing came in time", { main, _ in main.send(round(1, pages: 0)) }),
  ]

  @Test(arguments: tricks.indices) func `a channel that does not keep to it ends the migration`(index: Int) throws {
    let (expected, words) = Self.tricks[index]
    let notes = try arrive(words)
    #expect(notes.count == 1 && notes[0].contains(expected), "\(notes)")
  }
}

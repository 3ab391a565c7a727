import Boards
import Foundation
import Host
import MigrationSample
import SavedState
import Testing

@testable import Migration

/// Faults on demand: whatever breaks, and wherever, one side runs the guest, or none does and both say so.
struct FaultTests {
  private func run(
    _ faults: (FaultPlan?, FaultPlan?), by way: (Int32, Int32)? = nil, _ comment: Comment
  ) throws -> Moves.Sides {
    let moves = Moves()
    moves.pace = 2000
    let machine = try moves.running("microvm") { $0.memory = 4 << 20 }
    let other = try moves.bare("microvm") { $0.memory = 4 << 20 }
    let sides = try moves.move(machine, into: other, faults: faults, by: way)
    #expect(try moves.faults(after: sides, machine, other, "microvm") { $0.memory = 4 << 20 } == [], comment)
    return sides
  }

  private static let sourcePhases = ["greeting", "offering", "copying", "handing", "ready", "given"]
  private static let destinationPhases = ["greeting", "waiting", "answering", "filling", "loading", "ready", "over"]
  private static let actions: [FaultPlan.Action] = [.cut, .corrupt, .delay(20)]

  @Test(arguments: sourcePhases, actions)
  func `a fault of the source in any phase leaves one side running`(phase: String, action: FaultPlan.Action) throws {
    let sides = try run((FaultPlan(action, at: .phase(phase)), nil), "\(action) at \(phase)")
    if case .delay = action { #expect(sides.out.progress.status == .completed) }
  }

  @Test(arguments: destinationPhases, actions)
  func `a fault of the destination in any phase leaves one side running`(
    phase: String, action: FaultPlan.Action
  ) throws {
    let sides = try run((nil, FaultPlan(action, at: .phase(phase))), "\(action) at \(phase)")
    if case .delay = action { #expect(sides.out.progress.status == .completed) }
  }

  /// How many random faults there are of each sort; a longer run names more.
  private static let count = Int(ProcessInfo.processInfo.environment["FERRY_FAULTS"] ?? "") ?? 24

  @Test(arguments: 0..<count)
  func `a fault at any byte leaves one side running`(number: Int) throws {
    var random = SplitMix64(seed: UInt64(number) &* 0x9e37_79b9)
    let byte = random.next() % [64, 20_000, 200_000, 1_000_000][number % 4]
    let action: FaultPlan.Action = number % 2 == 0 ? .cut : .corrupt
    let isSource = number % 3 != 0
    let place: FaultPlan.Place = isSource ? .sent(byte) : action == .cut ? .received(byte) : .sent(byte % 40)
    let plan = FaultPlan(action, at: place)
    _ = try run(isSource ? (plan, nil) : (nil, plan), "\(plan)")
  }

  @Test(arguments: 0..<count + 4)
  func `a frame that somebody changes on the way leaves one side running`(number: Int) throws {
    var random = SplitMix64(seed: UInt64(number) &* 0x517c_c1b7)
    let mischief = Mangler.Mischief.allCases[number % Mangler.Mischief.allCases.count]
    // Hello, offer, some pages and rounds, state, go; or hello, answer, rounds, ready, running.
    let isBack = random.next() % 3 == 0
    let frame = Int(random.next() % (isBack ? 6 : 12))
    let mangler = Mangler(mischief, frame: frame, back: isBack, seed: random.next())
    _ = try run((nil, nil), by: (mangler.near, mangler.far), "\(mischief) of frame \(frame)\(isBack ? " back" : "")")
  }

  @Test func `strangers who call are turned away, and the next may come`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm") { $0.memory = 4 << 20 }
    let other = try moves.bare("microvm") { $0.memory = 4 << 20 }
    let path = FileManager.default.temporaryDirectory.appending(path: "strange-\(UUID().uuidString.prefix(8))").path
    let into = Migrator(other, poller: moves.poller)
    into.note = { moves.note($0) }
    let destination = try Destination(at: try MigrationAddress("unix:\(path)"), poller: moves.poller)
    into.adopt(destination, paused: false)
    let words: [[UInt8]] = [
      [], [1], Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0xff, count: 100_000),
      MigrationFormat.hello.frame, MigrationFormat.hello.frame + MigrationFormat.hello.frame,
      MigrationFormat.hello.frame + Message.go.frame, MigrationFormat.hello.frame + Mangler.frame(.offer, [0x30, 0]),
      Mangler.frame(.hello, Array("FERRYMIG".utf8) + [UInt8](repeating: 0xff, count: 8)),
    ]
    for bytes in words {
      let before = moves.notes.count
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let peer = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(peer) }
      let size = socklen_t(MemoryLayout<sockaddr_un>.size)
      let isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(peer, $0, size) == 0 }
      }
      #expect(isConnected)
      _ = bytes.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      shutdown(peer, Int32(SHUT_WR))
      moves.go([]) { moves.notes.count > before }
      #expect(moves.notes.last?.hasPrefix("no machine came: ") ?? false, "\(moves.notes)")
      #expect(other.runState == .inMigrate)
    }
    let out = Migrator(machine, poller: moves.poller)
    try out.migrate(to: "unix:\(path)")
    moves.go([machine]) { !out.progress.status.isActive }
    #expect(out.progress.status == .completed)
    #expect(other.isRunning)
  }
}

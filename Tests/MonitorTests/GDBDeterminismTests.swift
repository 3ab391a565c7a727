import Boards
import Foundation
import SavedState
import Testing

@testable import Monitor

/// With time made of instructions, a debugger's stops leave no trace.
struct GDBDeterminismTests {
  private static let work = "quiet run=bench~memory~200 run=reboot"

  @Test(arguments: GDBBoard.allCases)
  func `a run that GDB has interrupted 1000 times ends as one left alone`(board: GDBBoard) throws {
    let quiet = GDBDesk()
    let alone = try board.machine(host: quiet, commandLine: Self.work)
    alone.resume()
    let end = alone.run()
    guard case .reset = end else {
      Issue.record("the guest ended otherwise: \(end)")
      return
    }
    let (desk, machine) = try GDBDesk.debug(board, commandLine: Self.work)
    let server = try #require(desk.server)
    var random = SplitMix64(seed: 5)
    var stops = 0
    var places: [UInt64] = []
    // Everything happens where a socket's bytes would arrive.
    desk.idle = {
      guard server.isConnected else { return }
      if machine.isRunning {
        if stops < 1000 { server.receive([3]) }
        return
      }
      stops += 1
      _ = desk.takeAll()
      let pc = server.cpus[0].programCounter
      if places.count < 8 { places.append(pc) }
      switch random.next() % 30 {
      case 0:
        // A breakpoint somewhere it has been, which may come or not.
        let place = String(places[Int(random.next() % UInt64(places.count))], radix: 16)
        server.receive(GDBDesk.wire("Z0,\(place),1") + GDBDesk.wire("c"))
      case 1:
        server.removeBreakpoints()
        server.receive(GDBDesk.wire("c"))
      case 2:
        server.receive(GDBDesk.wire("D"))
        server.disconnected()
        _ = server.connect(desk)
        server.receive(GDBDesk.wire("c"))
      case 3, 4:
        server.receive(GDBDesk.wire("g") + GDBDesk.wire("m\(String(pc, radix: 16)),40"))
        server.receive(GDBDesk.wire("vCont;r\(String(pc, radix: 16)),\(String(pc &+ 16, radix: 16)):1;c"))
      default: server.receive(GDBDesk.wire("vCont;s:1;c"))
      }
      if stops >= 1000 {
        server.removeBreakpoints()
      }
    }
    #expect(machine.run() == end)
    #expect(stops >= 1000)
    #expect(alone.save().differences(to: machine.save()).map { "\($0)" } == [])
    #expect(memcmp(alone.ram.unguarded, machine.ram.unguarded, alone.ram.size) == 0)
  }
}

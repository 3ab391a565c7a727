import SavedState
import Testing

@testable import Boards
@testable import Monitor

/// Stopping, stepping and resuming lose nothing: with `-clock instructions` the end is that of a run left alone.
struct InterruptedRunByClientTests {
  private func run(_ board: QMPBoard, _ onPoll: ((QMPRig) throws -> Void)?) throws -> (MachineEnd, StateDigest) {
    let rig = try QMPRig(board, commandLine: "quiet run=bench~memory~80 run=reboot")
    rig.polls = true
    if let onPoll {
      rig.onPoll = { [unowned rig] in
        do { try onPoll(rig) } catch { Issue.record(error) }
      }
    }
    try rig.control.cont()
    let end = rig.machine.run()
    return (end, StateDigest(rig.machine))
  }

  @Test(arguments: QMPBoard.allCases)
  func `a run that clients stop and step at random a thousand times ends as one left alone`(_ board: QMPBoard) throws {
    let alone = try run(board, nil)
    var random = SplitMix64(seed: 4)
    var stops = 0
    var clients: [QMPPeer] = []
    let interrupted = try run(board) { rig in
      if clients.isEmpty { clients = [try rig.client(), try rig.client()] }
      let client = clients[Int(random.next() % 2)]
      if rig.machine.isRunning {
        guard stops < 1000 else { return }
        stops += 1
        _ = try client.run("stop")
      } else if random.next() % 3 == 0 {
        try rig.control.step(cpu: 0, count: 1 + random.next() % 3000)
      } else {
        _ = try client.run("cont")
      }
    }
    #expect(stops > 500)
    #expect(interrupted.0 == alone.0)
    #expect(interrupted.1 == alone.1)
  }
}

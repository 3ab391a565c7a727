import Foundation
import Testing

@testable import Monitor

/// `savevm` and `loadvm` of the human monitor.
struct HumanSnapshotTests {
  @Test(arguments: HumanRig.Board.allCases)
  func `what was saved is there again after it was changed`(board: HumanRig.Board) throws {
    let rig = try HumanRig(board)
    let path = FileManager.default.temporaryDirectory.appending(path: "monitor-\(UUID().uuidString).ferry").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let before = rig.control.machine.save()
    #expect(rig("savevm \(path) as it was") == "")
    #expect(rig("set /machine/clock/now 12345") == "")
    #expect(rig.control.machine.save() != before)
    #expect(rig("loadvm \(path)") == "")
    #expect(rig.control.machine.save() == before)
  }

  @Test func `what cannot be saved or loaded is told in one line, and the machine is as it was`() throws {
    let rig = try HumanRig(.microvm)
    let before = rig.control.machine.save()
    let isRunning = rig.control.machine.isRunning
    for (line, answer) in [
      ("savevm /nowhere/a.ferry", "/nowhere/a.ferry: file: cannot be written: No such file or directory\n"),
      ("loadvm /nowhere/a.ferry", "/nowhere/a.ferry: file: cannot be read: No such file or directory\n"),
      ("loadvm /dev/null", "/dev/null: file: is no regular file\n"),
    ] { #expect(rig(line) == answer) }
    #expect(rig.control.machine.save() == before)
    #expect(rig.control.machine.isRunning == isRunning)
  }
}

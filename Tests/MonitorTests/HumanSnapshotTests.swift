import Boards
import Foundation
import Snapshots
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

  @Test func `everything that a header has room for is in it, and the console comes back`() throws {
    let rig = try HumanRig(.microvm)
    rig.picture = TwoDots()
    rig.console = "login: root\n# "
    let path = FileManager.default.temporaryDirectory.appending(path: "monitor-\(UUID().uuidString).ferry").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(rig("savevm \(path) as it was") == "")
    let header = try SnapshotFile(path).header
    #expect(header.producer == "Ferry")
    #expect(header.board == "microvm")
    #expect(header.boardVersion == 4)
    #expect(header.comment == "as it was")
    #expect(header.console == "login: root\n# ")
    #expect(header.thumbnail.starts(with: [0x89, 0x50, 0x4e, 0x47]))
    #expect(abs(Date().timeIntervalSince1970 - Double(header.wallTime) / 1e9) < 60)
    #expect(header.guestTime == rig.control.machine.clock.now)
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(header.fileLength == size)
    #expect(header.memorySize == rig.control.machine.allBlocks.reduce(0) { $0 + $1.size })
    rig.console = "something else"
    #expect(rig("loadvm \(path)") == "")
    #expect(rig.console == "login: root\n# ")
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

import DeviceModel
import MachineSample
import Snapshots
import Testing

@testable import Boards

/// What was typed ahead of the guest moves with it.
struct UnreadInputTests {
  /// An end whose other side has said more than the device has room for.
  private final class Typist: CharacterBackend {
    var unread: [UInt8]
    var onInput: (() -> Void)?
    var onBreak: (() -> Void)?
    var hasInput: Bool { !unread.isEmpty }

    init(_ text: String) { unread = Array(text.utf8) }

    func write(_ byte: UInt8) {}
    func putBack(_ bytes: [UInt8]) { unread = bytes + unread }
    func read() -> UInt8? { unread.isEmpty ? nil : unread.removeFirst() }
  }

  @Test(arguments: SampleMachines.boards)
  func `what a serial line had in store is there again, and nothing else`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let path = folder + "/a.ferry"
      let here = Typist("typed ahead")
      let machine = try SampleMachines.running(name) { $0.backends["serial0"] = here }
      let kept = here.unread
      try machine.save(to: path)
      let there = Typist("")
      let other = try SampleMachines.bare(name) { $0.backends["serial0"] = there }
      try other.load(try SnapshotFile(path))
      #expect(there.unread == kept)
      // What was typed since the moment was typed to another.
      here.unread += Array("more".utf8)
      try machine.loadLate(try SnapshotFile(path))
      #expect(here.unread == kept)
    }
  }
}

import DeviceModel
import MachineSample
import Snapshots
import Testing
import Virtio

@testable import Boards

/// What a network knows of its guest goes where the machine goes.
struct NetworkMoveTests {
  /// A network that knows a text.
  private final class Rememberer: NetworkMemory {
    var known: [UInt8]
    private(set) var loads = 0
    var isLinkUp = true
    var onFrame: (([UInt8]) -> Bool)?
    var onLink: (() -> Void)?
    let waits = true

    init(_ text: String) { known = Array(text.utf8) }

    func send(_ frame: [UInt8]) {}
    func resume() {}
    func saveMemory() -> [UInt8] { known }
    func refusal(of memory: [UInt8]) -> String? { memory.first == 0x21 ? "it begins with an exclamation mark" : nil }
    func loadMemory(_ memory: [UInt8]) {
      known = memory
      loads += 1
    }
  }

  private static let request = DeviceRequest(model: "virtio-net-device", id: "card", properties: ["netdev": "n"])

  private func machine(_ end: Rememberer?) throws -> Machine {
    try SampleMachines.running("microvm") { setup in
      setup.devices = [Self.request]
      setup.backends["n"] = end ?? Rememberer("")
    }
  }

  @Test func `a snapshot has it, another process goes on with it, and saving changes nothing`() throws {
    try SampleMachines.withFolder { folder in
      let here = Rememberer("who is there")
      let machine = try machine(here)
      try machine.save(to: folder + "/a.ferry")
      #expect(here.loads == 0)
      let there = Rememberer("somebody else")
      try self.machine(there).load(try SnapshotFile(folder + "/a.ferry"))
      #expect(there.known == Array("who is there".utf8) && there.loads == 1)
    }
  }

  @Test func `what it cannot go on from is refused with the reason, and nothing has changed`() throws {
    try SampleMachines.withFolder { folder in
      try machine(Rememberer("! new")).save(to: folder + "/a.ferry")
      let there = Rememberer("here")
      let other = try machine(there)
      do {
        try other.load(try SnapshotFile(folder + "/a.ferry"))
        Issue.record("it was taken")
      } catch {
        #expect("\(error)".contains("netdev n of card") && "\(error)".contains("exclamation mark"))
      }
      #expect(there.known == Array("here".utf8) && there.loads == 0)
    }
  }

  @Test func `a machine that leaves takes it along, and one that stays after all keeps it`() throws {
    let here = Rememberer("known")
    let machine = try machine(here)
    let input = machine.takeInput()
    #expect(input["card"] == Array("known".utf8))
    machine.putInput(input)
    #expect(here.loads == 0)
    let there = Rememberer("")
    try self.machine(there).receiveInput(input)
    #expect(there.known == Array("known".utf8))
    // The other side has no state that this one could go on from.
    try self.machine(there).receiveInput(["card": [0x21]])
    #expect(there.known == [])
  }

  @Test func `a network's device needs no network`() throws {
    let machine = try SampleMachines.bare("microvm") { $0.devices = [DeviceRequest(model: "virtio-net-device")] }
    let card = try #require(machine.device("virtio0", as: VirtioNet.self))
    #expect(card.configuration[6] == 1)
    #expect(throws: BoardError.self) {
      try SampleMachines.bare("microvm") {
        $0.devices = [DeviceRequest(model: "virtio-net-device", properties: ["netdev": "none-such"])]
      }
    }
  }
}

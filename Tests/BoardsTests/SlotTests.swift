import DeviceAudit
import DeviceModel
import Foundation
import MachineSample
import SavedState
import Snapshots
import Testing
import Virtio

@testable import Boards

/// Where devices behind a virtio transport go on a board.
struct SlotTests {
  private static func request(_ id: String? = nil, slot: String? = nil) -> DeviceRequest {
    DeviceRequest(
      model: "virtio-rng-device", id: id, properties: slot.map { ["slot": $0] } ?? [:])
  }

  private func machine(_ board: String, _ requests: [DeviceRequest], version: Int? = nil) throws -> Machine {
    try SampleMachines.bare(board, version: version) { $0.devices = requests }
  }

  @Test(arguments: [("microvm", 0xfeb0_0000), ("integratorcp", 0xcc00_0000)] as [(String, UInt64)])
  func `devices take the slots in their order, or the one that they name`(name: String, base: UInt64) throws {
    let machine = try machine(
      name, [Self.request(), Self.request("second", slot: "5"), Self.request(slot: "virtio2"), Self.request()])
    let ids = (0..<8 as Range<UInt64>).map { machine.memory.read(base + $0 * 0x200 + 8, width: 4) }
    #expect(ids.map { $0 == 4 } == [true, true, true, false, false, true, false, false])
    #expect(machine.device("second", as: VirtioRNG.self) != nil)
    #expect(machine.device("virtio2", as: VirtioRNG.self) != nil)
  }

  @Test func `an empty slot has a transport with nothing behind it on integratorcp, and is open bus on microvm`() throws
  {
    for (name, address, id) in [("integratorcp", 0xcc00_0008, 0), ("microvm", 0xfeb0_0008, 0xffff_ffff)]
      as [(String, UInt64, UInt64)]
    {
      let machine = try machine(name, [])
      #expect(machine.memory.read(address, width: 4) == id, "\(name)")
    }
  }

  @Test func `what does not fit is said`() throws {
    func refusal(_ requests: [DeviceRequest], version: Int? = nil) -> String {
      do { _ = try machine("microvm", requests, version: version) } catch { return "\(error)" }
      return "none"
    }
    #expect(
      refusal([Self.request()], version: 3) == "microvm-3 has no slot for virtio-rng-device: it needs a virtio-mmio")
    #expect(
      refusal([Self.request(slot: "24")])
        == "virtio-rng-device: slot=24: there are 0 to 23, as virtio0 to virtio23")
    #expect(
      refusal([Self.request(slot: "1"), Self.request("b", slot: "virtio1")]).hasSuffix("slot=1 is taken twice")
        || refusal([Self.request(slot: "1"), Self.request("b", slot: "virtio1")]).hasSuffix(
          "slot=virtio1 is taken twice")
    )
    #expect(refusal((0..<25).map { _ in Self.request() }) == "virtio-rng-device: all 24 slots are taken")
    #expect(refusal([DeviceRequest(model: "virtio-blk-device")]).contains("drive="))
  }

  @Test func `the kernel finds them through ACPI, or through its command line`() throws {
    let machine = try machine("microvm", [Self.request(), Self.request(slot: "7")])
    let transports = machine.firmwareDescription.transports
    #expect(transports.map(\.address) == [0xfeb0_0000, 0xfeb0_0e00])
    #expect(transports.map(\.gsi) == [24, 31])
    let code = DSDT.code(machine.firmwareDescription)
    #expect(String(decoding: code, as: UTF8.self).components(separatedBy: "LNRO0005").count == 3)
    let request = BootRequest(kernel: BootRequest.File(name: "k", bytes: []), commandLine: "acpi=off")
    #expect(
      LinuxImage.commandLine(request, machine.firmwareDescription)
        == "acpi=off virtio_mmio.device=512@0xfeb00000:24 virtio_mmio.device=512@0xfeb00e00:31")
  }

  @Test func `the device tree has a node for each, as for empty slots`() throws {
    let bare = try machine("integratorcp", []).deviceTree
    #expect(try machine("integratorcp", [Self.request("random", slot: "3")]).deviceTree.bytes == bare.bytes)
  }

  @Test(arguments: SampleMachines.boards)
  func `a snapshot makes the same machine again, and one without the device refuses it`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let machine = try machine(name, [Self.request("random", slot: "3")])
      try machine.powerOn()
      try machine.save(to: folder + "/a.ferry")
      let file = try SnapshotFile(folder + "/a.ferry")
      let (board, setup) = try file.contents().machine(file: "a")
      let again = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
      try again.load(file)
      #expect(again.save() == machine.save())
      #expect(try machine.save(as: machine.board)[child: "random"]?.model == "virtio-rng-device")
      #expect(try !self.machine(name, []).misfits(of: file.contents()).isEmpty)
      #expect(try !self.machine(name, [Self.request("random", slot: "4")]).misfits(of: file.contents()).isEmpty)
    }
  }

  // MARK: Ports of a serial device

  private static func port(_ model: String, _ properties: [String: String]) -> DeviceRequest {
    DeviceRequest(model: model, properties: properties)
  }

  private static let serial = DeviceRequest(model: "virtio-serial-device", id: "vs")

  @Test func `consoles and ports belong to the serial device before them, or to the one that they name`() throws {
    let other = DeviceRequest(model: "virtio-serial-device", id: "other")
    let merged = try SerialPortRequests.merge([
      Self.serial, Self.port("virtserialport", ["chardev": "a", "name": "x"]), other,
      Self.port("virtconsole", ["chardev": "b"]), Self.port("virtconsole", ["chardev": "c", "bus": "vs.0"]),
      Self.port("virtserialport", ["chardev": "d", "bus": "vs.0", "nr": "5"]),
    ])
    #expect(merged.map(\.id) == ["vs", "other"])
    #expect(
      merged[0].properties == [
        "kind1": "port", "chardev1": "a", "name1": "x", "kind0": "console", "chardev0": "c", "kind5": "port",
        "chardev5": "d",
      ])
    #expect(merged[1].properties == ["kind0": "console", "chardev0": "b"])
  }

  @Test func `a port without its device, or in a place that is none, is refused`() throws {
    let cases: [[DeviceRequest]] = [
      [Self.port("virtconsole", [:])], [Self.serial, Self.port("virtconsole", ["bus": "x"])],
      [Self.serial, Self.port("virtserialport", ["nr": "0"])], [Self.serial, Self.port("virtserialport", ["nr": "8"])],
      [Self.serial, Self.port("virtconsole", ["chardve": "a"])],
      [Self.serial, Self.port("virtserialport", ["nr": "2"]), Self.port("virtserialport", ["nr": "2"])],
    ]
    for requests in cases { #expect(throws: BoardError.self) { try SerialPortRequests.merge(requests) } }
  }

  @Test func `what was typed at a port and not read yet goes with the machine`() throws {
    let ends = [WireEnd(), WireEnd()]
    let requests = [
      Self.serial, Self.port("virtconsole", ["chardev": "a"]), Self.port("virtserialport", ["chardev": "b"]),
    ]
    let machine = try SampleMachines.bare("microvm") {
      $0.devices = requests
      $0.backends = ["a": ends[0], "b": ends[1]]
    }
    ends[1].waiting = Array("xyz".utf8)
    #expect(machine.takeInput() == ["vs.chardev1": Array("xyz".utf8)])
    ends[0].waiting = Array("abc".utf8)
    let slots = SlotNode.slots(of: machine, for: .load)
    #expect(slots.map(\.device).filter { $0.hasPrefix("vs") } == ["vs.chardev0", "vs.chardev1"])
    #expect(slots.filter { $0.device.hasPrefix("vs") }.allSatisfy { $0.kind == "chardev" && $0.isPresent })
  }
}

import MachineSample
import Testing

@testable import Boards

@Suite struct `The device tree of a board` {
  private static func all(_ node: DeviceTreeNode, at path: String = "") -> [(path: String, node: DeviceTreeNode)] {
    [(path, node)] + node.children.flatMap { all($0, at: "\(path)/\($0.name)") }
  }

  private static func cells(_ node: DeviceTreeNode, _ name: String) -> [UInt32] {
    guard let bytes = node[name] else { return [] }
    return stride(from: 0, to: bytes.count - 3, by: 4).map { at in bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  private func nodes() throws -> [String: DeviceTreeNode] {
    let tree = try Integrator.machine().deviceTree
    return Dictionary(uniqueKeysWithValues: Self.all(tree.root).map { ($0.path, $0.node) })
  }

  @Test func `every reference has its target, and every interrupt its controller`() throws {
    let nodes = try nodes()
    let handles = nodes.values.flatMap { Self.cells($0, "phandle") }
    #expect(Set(handles).count == handles.count)
    for (path, node) in nodes {
      for name in ["interrupt-parent", "clocks", "remote-endpoint"] {
        for handle in Self.cells(node, name) { #expect(handles.contains(handle), "\(path): \(name)") }
      }
      #expect((node["interrupts"] == nil) == (node["interrupt-parent"] == nil), "\(path)")
    }
    #expect(Set(nodes.keys).count == nodes.count)
  }

  @Test func `devices are where the board has them, on its interrupts`() throws {
    let nodes = try nodes()
    let primary = Self.cells(try #require(nodes["/pic@14000000"]), "phandle")
    let secondary = Self.cells(try #require(nodes["/sic@ca000000"]), "phandle")
    for (path, reg, parent, lines) in [
      ("/timer@13000000", [0x1300_0000, 0x100], primary, [5]), ("/timer@13000200", [0x1300_0200, 0x100], primary, [7]),
      ("/fpga/uart@16000000", [0x1600_0000, 0x1000], primary, [1]),
      ("/fpga/rtc@15000000", [0x1500_0000, 0x1000], primary, [8]),
      ("/fpga/mmc@1c000000", [0x1c00_0000, 0x1000], primary, [23, 24]),
      ("/fpga/aaci@1d000000", [0x1d00_0000, 0x1000], primary, [25]),
      ("/fpga/clcd@c0000000", [0xc000_0000, 0x1000], primary, [22]),
      ("/ethernet@c8000000", [0xc800_0000, 0x10], primary, [27]),
      ("/sic@ca000000", [0xca00_0000, 0x100], primary, [26]),
      ("/virtio_mmio@cc000000", [0xcc00_0000, 0x200], secondary, [4]),
      ("/virtio_mmio@cc000e00", [0xcc00_0e00, 0x200], secondary, [11]),
    ] as [(String, [UInt32], [UInt32], [UInt32])] {
      let node = try #require(nodes[path], "\(path)")
      #expect(Self.cells(node, "reg") == reg, "\(path)")
      #expect(Self.cells(node, "interrupt-parent") == parent, "\(path)")
      #expect(Self.cells(node, "interrupts") == lines, "\(path)")
    }
    #expect(Self.cells(try #require(nodes["/pic@14000000"]), "valid-mask") == [0x1fc0_03ff])
    #expect(nodes["/aliases"]?.text("serial0") == "/fpga/uart@16000000")
    #expect(Self.cells(try #require(nodes["/memory"]), "reg") == [0, 16 << 20])
    #expect(nodes[""]?.text("compatible") == "arm,integrator-cp")
  }

  @Test func `what the board file leaves out is not in the tree`() throws {
    let text = Integrator.text.replacing(
      "model: pl031\n    at: {registers: 0x15000000}", with: "model: virtio-mmio\n    at: {registers: 0x15000000}")
    let board = try BoardReader(text, file: "x").versions()[0]
    let machine = try MachineBuilder(board: board, setup: MachineSetup(), host: QuietHost()).build()
    let names = Self.all(machine.deviceTree.root).map(\.path)
    #expect(!names.contains { $0.contains("rtc@") })
    #expect(names.contains("/virtio_mmio@15000000"))
  }

  @Test func `the tree survives being written and read`() throws {
    let tree = try Integrator.machine().deviceTree
    #expect(try DeviceTree(BootRequest.File(name: "x", bytes: tree.bytes)) == tree)
  }
}

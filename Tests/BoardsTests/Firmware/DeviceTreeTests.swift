import Foundation
import SavedState
import Testing

@testable import Boards

@Suite struct `Flattened device trees` {
  /// A tree of which nothing is known to the loader but its shape.
  private static func sample() -> DeviceTree {
    var tree = DeviceTree()
    tree.bootCPU = 3
    tree.reservations = [.init(address: 0x1000, size: 0x2000)]
    tree.root.set("#address-cells", 1)
    tree.root.set("#size-cells", 1)
    tree.root.set("compatible", "acme,board", "acme,family")
    var toaster = DeviceTreeNode("toaster@f00")
    toaster["slots"] = [1, 2, 3, 4, 5]
    toaster.set("hot")
    var heater = DeviceTreeNode("heater")
    heater.set("watts", 800)
    toaster.children = [heater]
    var memory = DeviceTreeNode("memory@0")
    memory.set("device_type", "memory")
    memory.set("reg", 0, 0)
    tree.root.children = [toaster, memory]
    return tree
  }

  private func parse(_ bytes: [UInt8]) throws -> DeviceTree {
    try DeviceTree(BootRequest.File(name: "board.dtb", bytes: bytes))
  }

  private func refusal(_ bytes: [UInt8]) -> String {
    do {
      _ = try parse(bytes)
      return "taken"
    } catch {
      return "\(error)"
    }
  }

  @Test func `what is written is read again as it was`() throws {
    let tree = Self.sample()
    #expect(try parse(tree.bytes) == tree)
    #expect(try parse(tree.bytes).bytes == tree.bytes)
  }

  @Test func `the header says what the specification says`() {
    let bytes = Self.sample().bytes
    func word(_ index: Int) -> UInt32 { bytes[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    #expect(word(0) == 0xd00d_feed)
    #expect(word(1) == UInt32(bytes.count))
    #expect(word(5) == 17 && word(6) == 16 && word(7) == 3)
    #expect(word(3) + word(8) == UInt32(bytes.count))
    #expect(word(2) + word(9) == word(3))
  }

  @Test func `the loader's words go in, and all else stays byte for byte`() throws {
    var tree = Self.sample()
    let toaster = tree.root.children[0]
    try tree.setMemory([(0, 128 << 20)], file: "board.dtb")
    try tree.setChosen(commandLine: "quiet", initrd: 0x400_0000..<0x400_1234, file: "board.dtb")
    let again = try parse(tree.bytes)
    #expect(again.root.children[0] == toaster)
    #expect(again.root.children.map(\.name) == ["toaster@f00", "memory@0", "chosen"])
    #expect(again.root.children[1]["reg"] == [0, 0, 0, 0, 8, 0, 0, 0])
    let chosen = again.root.children[2]
    #expect(chosen.text("bootargs") == "quiet")
    #expect(chosen["linux,initrd-start"] == [4, 0, 0, 0])
    #expect(chosen["linux,initrd-end"] == [4, 0, 0x12, 0x34])
  }

  @Test func `without -append a tree keeps its own command line, and without -initrd it names none`() throws {
    var tree = Self.sample()
    tree.root.edit("chosen") { node in
      node.set("bootargs", "console=ttyAMA0")
      node.set("linux,initrd-start", 1)
      node.set("linux,initrd-end", 2)
    }
    try tree.setChosen(commandLine: "", initrd: nil, file: "board.dtb")
    #expect(tree.root.children[2].properties.map(\.name) == ["bootargs"])
    #expect(tree.root.children[2].text("bootargs") == "console=ttyAMA0")
  }

  @Test func `addresses have as many cells as the root says`() throws {
    var tree = Self.sample()
    tree.root.set("#address-cells", 2)
    try tree.setMemory([(0, 1 << 20)], file: "board.dtb")
    #expect(tree.root.children[1]["reg"] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0])
    tree.root.set("#address-cells", 1)
    #expect(throws: BootError.self) { try tree.setMemory([(1 << 32, 1 << 20)], file: "board.dtb") }
  }

  @Test func `a second memory node would speak of other memory and goes`() throws {
    var tree = Self.sample()
    tree.root.children.append(DeviceTreeNode("memory@8000000"))
    try tree.setMemory([(0, 1 << 20)], file: "board.dtb")
    #expect(tree.root.children.map(\.name) == ["toaster@f00", "memory@0"])
  }

  @Test func `what is no tree is refused in one line with the file's name`() {
    #expect(refusal([]) == "board.dtb: not a usable device tree: it does not begin with the magic number 0xd00dfeed")
    let whole = Self.sample().bytes
    #expect(refusal(Array(whole.prefix(20))).hasSuffix("it ends in its header"))
    #expect(refusal(Array(whole.dropLast())).contains("its header promises"))
    var old = whole
    old[23] = 3
    #expect(refusal(old).contains("it has version 3"))
  }

  @Test func `nesting without end is refused`() {
    var tree = DeviceTree()
    var node = DeviceTreeNode("leaf")
    for _ in 0..<70 {
      var parent = DeviceTreeNode("n")
      parent.children = [node]
      node = parent
    }
    tree.root.children = [node]
    #expect(refusal(tree.bytes).hasSuffix("it is more than 64 nodes deep"))
  }

  @Test func `a property that is there twice is refused`() {
    var tree = DeviceTree()
    tree.root.properties = [.init(name: "a", value: []), .init(name: "a", value: [])]
    #expect(refusal(tree.bytes).hasSuffix("the node \"\" has the property \"a\" twice"))
  }

  @Test func `damaged anywhere a tree is refused or read, and never stops the program`() {
    let whole = Self.sample().bytes
    var random = SplitMix64(seed: 4)
    var refused = 0
    for index in 0..<whole.count * 40 {
      var bytes = whole
      bytes[index % whole.count] = UInt8.random(in: 0...255, using: &random)
      if index & 3 == 0 { bytes[Int.random(in: 0..<whole.count, using: &random)] = [0, 0x7f, 0xff].randomElement()! }
      if index % 7 == 0 { bytes.removeLast(Int.random(in: 0..<whole.count, using: &random)) }
      let words = refusal(bytes)
      if words != "taken" {
        refused += 1
        #expect(words.hasPrefix("board.dtb: not a usable device tree: ") && !words.contains("\n"))
      }
    }
    #expect(refused > whole.count && refused < whole.count * 40)
  }
}

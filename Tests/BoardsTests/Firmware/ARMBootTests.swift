import SavedState
import Testing

@testable import Boards

@Suite struct `Starting a kernel on ARM` {
  private let ram = ARMMemory(size: 64 << 20, aliases: [0x8000_0000])

  private func plan(
    _ bytes: [UInt8], modules: [BootRequest.File] = [], line: String = "", tree: BootRequest.File? = nil
  ) throws -> ARMBootPlan {
    let kernel = BootRequest.File(name: "vmlinuz", bytes: bytes)
    return try ARMBootPlan(
      BootRequest(kernel: kernel, modules: modules, commandLine: line, deviceTree: tree), tree: Self.tree, ram: ram)
  }

  private func refusal(_ bytes: [UInt8], modules: [BootRequest.File] = [], line: String = "") -> String {
    do {
      _ = try plan(bytes, modules: modules, line: line)
      return "started"
    } catch {
      return "\(error)"
    }
  }

  private static var tree: DeviceTree {
    var tree = DeviceTree()
    tree.root.set("#address-cells", 1)
    tree.root.set("#size-cells", 1)
    return tree
  }

  /// mov r0, r0, as often as a zImage has it, then its header.
  private static func zImage(_ size: Int = 4096) -> [UInt8] {
    var image = ByteBuffer()
    for _ in 0..<9 { image.put(0xe1a0_0000 as UInt32) }
    image.put(0x016f_2818 as UInt32)
    image.put(0 as UInt32)
    image.put(UInt32(size))
    image.zeros(size - image.count)
    return image.bytes
  }

  /// A U-Boot image around `data`; `change` is made before the checksums.
  private static func uImage(
    _ data: [UInt8], load: UInt32 = 0x8000, entry: UInt32 = 0x8000, _ change: (inout [UInt8]) -> Void = { _ in }
  ) -> [UInt8] {
    var header: [UInt8] = [0x27, 0x05, 0x19, 0x56, 0, 0, 0, 0, 0, 0, 0, 0]
    for word in [UInt32(data.count), load, entry, CRC32.of(data[...])] { header += DeviceTreeNode.bytes([word]) }
    header += [5, 2, 2, 0] + Array("toy".utf8) + [UInt8](repeating: 0, count: 29)
    change(&header)
    header.replaceSubrange(4..<8, with: DeviceTreeNode.bytes([CRC32.of(header[...])]))
    return header + data
  }

  private func placed(_ plan: ARMBootPlan, _ name: String) -> Placement? { plan.placements.first { $0.name == name } }

  @Test func `a zImage lies at 64 KiB and is told the machine's number and its tree`() throws {
    let plan = try plan(Self.zImage(), line: "quiet")
    #expect(plan.entry == 0x10000)
    #expect(plan.registers[0] == 0 && plan.registers[1] == 0x113)
    #expect(placed(plan, "kernel")?.address == 0x10000)
    let tree = try #require(placed(plan, "device tree"))
    #expect(UInt64(plan.registers[2]) == tree.address)
    #expect(tree.address >= 32 << 20 && tree.address & 0xfff == 0)
    let read = try DeviceTree(BootRequest.File(name: "tree", bytes: tree.bytes))
    #expect(read.root.children.map(\.name) == ["memory", "chosen"])
    #expect(read.root.children[1].text("bootargs") == "quiet")
    #expect(read.root.children[0]["reg"] == [0, 0, 0, 0, 4, 0, 0, 0])
  }

  @Test func `the initial RAM disk lies above the kernel and below the tree, which names both its ends`() throws {
    let disk = BootRequest.File(name: "initrd", bytes: [UInt8](repeating: 7, count: 5000))
    let plan = try plan(Self.zImage(), modules: [disk])
    let place = try #require(placed(plan, "initial RAM disk"))
    let tree = try #require(placed(plan, "device tree"))
    #expect(place.address == 32 << 20)
    #expect(tree.address == place.address + 0x2000)
    let chosen = try #require(
      try DeviceTree(BootRequest.File(name: "tree", bytes: tree.bytes)).root.children.first { $0.name == "chosen" })
    #expect(chosen["linux,initrd-start"] == [2, 0, 0, 0])
    #expect(chosen["linux,initrd-end"] == [2, 0, 0x13, 0x88])
  }

  @Test func `a large kernel pushes the initial RAM disk up`() throws {
    let disk = BootRequest.File(name: "initrd", bytes: [1])
    let plan = try plan(Self.zImage(12 << 20), modules: [disk])
    #expect(try #require(placed(plan, "initial RAM disk")).address == 0x10000 + 48 << 20)
  }

  @Test func `a tree of the user's is handed over with what it does not know`() throws {
    var own = Self.tree
    own.root.children = [DeviceTreeNode("toaster")]
    let plan = try plan(Self.zImage(), tree: BootRequest.File(name: "own.dtb", bytes: own.bytes))
    let tree = try #require(placed(plan, "device tree"))
    let read = try DeviceTree(BootRequest.File(name: "tree", bytes: tree.bytes))
    #expect(read.root.children.map(\.name) == ["toaster", "memory", "chosen"])
    #expect(throws: BootError.self) { try self.plan(Self.zImage(), tree: BootRequest.File(name: "x", bytes: [1])) }
  }

  @Test func `an uncompressed Linux lies where its virtual addresses want it, another flat image at 64 KiB`() throws {
    let code: [UInt8] = [0xd3, 0xf0, 0x21, 0xe3] + [UInt8](repeating: 0, count: 60)
    #expect(try plan(code).entry == 0x10000)
    #expect(try plan(code + Array("Linux version 6.1".utf8)).entry == 0x8000)
  }

  @Test func `a uImage lies where it says`() throws {
    let plan = try plan(Self.uImage(Self.zImage(), load: 0x20000, entry: 0x20004))
    #expect(plan.entry == 0x20004)
    #expect(placed(plan, "kernel")?.address == 0x20000)
    #expect(plan.summary == "uImage \"toy\"")
  }

  @Test func `a uImage's checksums count`() {
    let whole = Self.uImage(Self.zImage())
    for (at, part) in [(20, "header"), (70, "data")] {
      var bytes = whole
      bytes[at] ^= 1
      #expect(refusal(bytes) == "vmlinuz: a uImage whose \(part) does not match its checksum")
    }
    #expect(refusal(Array(whole.dropLast())).hasPrefix("vmlinuz: truncated: the uImage's data"))
    #expect(refusal(Self.uImage(Self.zImage()) { $0[31] = 1 }).hasPrefix("vmlinuz: a compressed uImage"))
    #expect(refusal(Self.uImage(Self.zImage()) { $0[29] = 8 }) == "vmlinuz: a uImage for CPU kind 8, not for ARM")
  }

  @Test func `an ELF goes where its segments say, with Linux's virtual addresses too, and may begin in Thumb state`()
    throws
  {
    let plan = try plan(FirmwareSample.elf(code: [1, 2, 3, 4], at: 0x30001, machine: 40))
    #expect(plan.entry == 0x30001)
    #expect(placed(plan, "kernel")?.size == 0x1004)
    #expect(try self.plan(FirmwareSample.elf(at: 0xc000_8000, machine: 40)).entry == 0x8000)
    let alias = try self.plan(FirmwareSample.elf(at: 0x8000_8000, machine: 40))
    #expect(alias.entry == 0x8000_8000 && placed(alias, "kernel")?.address == 0x8000)
    #expect(refusal(FirmwareSample.elf(at: 0x2400_0000, machine: 40)).contains("is not in usable RAM"))
  }

  @Test func `kernels of the other architecture are told by name, on both boards`() {
    let wrong = "vmlinuz is an x86 kernel; this board has an ARM CPU"
    #expect(refusal(FirmwareSample.bzImage()) == wrong)
    #expect(refusal(FirmwareSample.elf()) == wrong)
    for bytes in [Self.zImage(), Self.uImage(Self.zImage()), FirmwareSample.elf(machine: 40)] {
      #expect(throws: BootError.wrongArchitecture(file: "zImage", kernel: "ARM", cpu: "x86")) {
        try BootImage.plan(
          BootRequest(kernel: BootRequest.File(name: "zImage", bytes: bytes)), on: FirmwareSample.machine)
      }
    }
  }

  @Test func `what is no kernel, or does not fit, is refused`() {
    #expect(refusal([]) == "vmlinuz: the file is empty")
    #expect(refusal(Array("#!/bin/sh\necho this is no kernel at all\n".utf8)).contains("neither an ARM Linux zImage"))
    #expect(refusal(Array(Self.zImage().prefix(100))).hasPrefix("vmlinuz: truncated: the zImage"))
    #expect(refusal(Self.zImage(65 << 20)).contains("is not in usable RAM"))
    let disk = BootRequest.File(name: "initrd", bytes: [UInt8](repeating: 0, count: 64 << 20))
    #expect(refusal(Self.zImage(), modules: [disk]).hasPrefix("initrd: too large"))
    #expect(refusal(Self.zImage(), line: String(repeating: "x", count: 1024)).contains("this kernel takes 1023"))
  }

  @Test func `damaged kernels are refused or placed, and never stop the program`() {
    var random = SplitMix64(seed: 9)
    let samples = [
      Self.zImage(256), Self.uImage(Self.zImage(256)),
      FirmwareSample.elf(code: [1, 2, 3, 4], at: 0x30000, machine: 40),
    ]
    for _ in 0..<3000 {
      var bytes = samples.randomElement(using: &random) ?? []
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<min(bytes.count, 128), using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if random.next() & 3 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      #expect(!refusal(bytes).contains("\n"))
    }
  }
}

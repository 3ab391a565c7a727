import SavedState
import Testing

@testable import Boards

@Suite struct `Starting a kernel` {
  let machine = FirmwareSample.machine

  private func plan(_ bytes: [UInt8], modules: [BootRequest.File] = [], line: String = "") throws -> BootPlan {
    try BootImage.plan(
      BootRequest(kernel: FirmwareSample.file(bytes), modules: modules, commandLine: line), on: machine)
  }

  /// The words with which a start is refused.
  private func refusal(
    _ bytes: [UInt8], modules: [BootRequest.File] = [], line: String = "", on machine: FirmwareDescription? = nil
  ) -> String {
    do {
      _ = try BootImage.plan(
        BootRequest(kernel: FirmwareSample.file(bytes), modules: modules, commandLine: line),
        on: machine ?? self.machine)
      return "started"
    } catch {
      return error.description
    }
  }

  // MARK: Linux

  @Test func `a bzImage is entered at 1 MiB with its parameters in ESI`() throws {
    let plan = try plan(FirmwareSample.bzImage(), line: "console=ttyS0")
    #expect(plan.entry.eip == 0x100000)
    #expect(plan.entry.codeSelector == 0x10 && plan.entry.dataSelector == 0x18)
    #expect(plan.entry.ebx == 0 && plan.entry.edi == 0 && plan.entry.ebp == 0)
    let parameters = UInt64(plan.entry.esi)
    #expect(plan.number(parameters + 0x202, 4) == 0x5372_6448)
    #expect(plan.number(parameters + 0x210, 1) == 0xff)
    #expect(plan.text(plan.number(parameters + 0x228, 4)) == "console=ttyS0")
    #expect(plan.number(parameters + 0x70, 8) == UInt64(LegacyFirmware.rsdp))
    #expect(plan.bytes(0x100000, 2) == [0x90, 0x90])
    #expect(plan.number(UInt64(plan.entry.gdtBase) + 0x10, 8) == 0x00cf_9b00_0000_ffff)
  }

  @Test func `the parameters hold the memory map and an 80 by 25 text screen`() throws {
    let plan = try plan(FirmwareSample.bzImage())
    let parameters = UInt64(plan.entry.esi)
    let count = plan.number(parameters + 0x1e8, 1)
    #expect(count == 5)
    let entries = (0..<count).map { index -> [UInt64] in
      let at = parameters + 0x2d0 + index * 20
      return [plan.number(at, 8), plan.number(at + 8, 8), plan.number(at + 16, 4)]
    }
    #expect(entries[0] == [0, 0x9fc00, 1])
    #expect(entries[3] == [0x100000, 255 << 20, 1])
    #expect(entries[4] == [1 << 32, 1 << 30, 1])
    #expect(plan.bytes(parameters + 6, 2) == [3, 80])
    #expect(plan.bytes(parameters + 0xe, 3) == [25, 1, 16])
  }

  @Test(
    arguments: [
      ("vga=0x317", 1024, 16, 2048, [5, 11, 6, 5, 5, 0, 0, 0]),
      ("quiet vga=791 x", 1024, 16, 2048, [5, 11, 6, 5, 5, 0, 0, 0]),
      ("vga=normal vga=0x310", 640, 15, 1280, [5, 10, 5, 5, 5, 0, 1, 15]),
      ("vga=01422", 640, 24, 1920, [8, 16, 8, 8, 8, 0, 0, 0]), ("vga=0x4301", 640, 8, 640, [6, 0, 6, 0, 6, 0, 0, 0]),
      ("vga=0x392", 1920, 32, 7680, [8, 16, 8, 8, 8, 0, 8, 24]),
    ] as [(String, Int, Int, Int, [UInt8])])
  func `vga= gives a frame buffer`(line: String, width: Int, depth: Int, pitch: Int, fields: [UInt8]) throws {
    var machine = self.machine
    machine.frameBuffer = .init(address: 0xe000_0000, size: 16 << 20)
    let request = BootRequest(kernel: FirmwareSample.file(FirmwareSample.bzImage()), commandLine: line)
    let plan = try BootImage.plan(request, on: machine)
    let parameters = UInt64(plan.entry.esi)
    #expect(plan.videoMode?.width == width && plan.videoMode?.depth == depth)
    #expect(plan.number(parameters + 0x0f, 1) == 0x23)
    #expect(plan.number(parameters + 0x12, 2) == UInt64(width))
    #expect(plan.number(parameters + 0x14, 2) == UInt64(plan.videoMode?.height ?? 0))
    #expect(plan.number(parameters + 0x16, 2) == UInt64(depth))
    #expect(plan.number(parameters + 0x18, 4) == 0xe000_0000)
    #expect(plan.number(parameters + 0x1c, 4) == 256)
    #expect(plan.number(parameters + 0x24, 2) == UInt64(pitch))
    #expect(plan.bytes(parameters + 0x26, 8) == fields)
  }

  @Test(arguments: ["", "vga=normal", "vga=ask", "vga=ext", "vga=0xf01", "vga=3", "vga=", "vga=x", "novga=0x317"])
  func `any other vga= is text`(line: String) throws {
    var machine = self.machine
    machine.frameBuffer = .init(address: 0xe000_0000, size: 16 << 20)
    let request = BootRequest(kernel: FirmwareSample.file(FirmwareSample.bzImage()), commandLine: line)
    let plan = try BootImage.plan(request, on: machine)
    #expect(plan.videoMode == nil)
    #expect(plan.number(UInt64(plan.entry.esi) + 0x0f, 1) == 1)
    #expect(try self.plan(FirmwareSample.bzImage(), line: "vga=0x317").videoMode == nil)
  }

  @Test func `a mode that the VGA has not is refused`() {
    var machine = self.machine
    machine.frameBuffer = .init(address: 0xe000_0000, size: 16 << 20)
    #expect(
      refusal(FirmwareSample.bzImage(), line: "vga=0x3ff", on: machine)
        == "-append: vga=0x3ff is no mode of the VGA; 0x300 and a VBE number is, as 0x317 for 1024x768 with 16 bits a "
        + "pixel")
  }

  @Test func `the initial RAM disk lies on a page at the top of what kernel and RAM allow`() throws {
    let module = FirmwareSample.file([1, 2, 3], name: "initrd")
    let high = try plan(FirmwareSample.bzImage(), modules: [module])
    #expect(high.number(UInt64(high.entry.esi) + 0x218, 4) == (256 << 20) - 4096)
    #expect(high.number(UInt64(high.entry.esi) + 0x21c, 4) == 3)
    #expect(high.bytes((256 << 20) - 4096, 3) == [1, 2, 3])
    let low = try plan(FirmwareSample.bzImage { $0.set(0x07ff_ffff as UInt32, at: 0x22c) }, modules: [module])
    #expect(low.number(UInt64(low.entry.esi) + 0x218, 4) == 0x07ff_f000)
  }

  @Test func `what cannot be started is refused in one line`() {
    let image = FirmwareSample.bzImage()
    var small = FirmwareDescription(lowRAM: 16 << 20)
    small.apicIDs = [0]
    let refusals = [
      refusal([]),
      refusal([UInt8](repeating: 7, count: 100)),
      refusal(Array(image.dropLast(1000))),
      refusal(Array(image.prefix(0x210))),
      refusal(FirmwareSample.bzImage { $0.set(0x0203 as UInt16, at: 0x206) }),
      refusal(FirmwareSample.bzImage { $0.set(1 as UInt16, at: 0x236) }),
      refusal(image, on: small),
      refusal(image, modules: [FirmwareSample.file([UInt8](repeating: 1, count: 240 << 20), name: "initrd")]),
      refusal(image, modules: [FirmwareSample.file([], name: "initrd")]),
      refusal(image, modules: [FirmwareSample.file([1]), FirmwareSample.file([1])]),
      refusal(image, line: String(repeating: "x", count: 2048)),
    ]
    #expect(
      refusals == [
        "kernel: the file is empty",
        "kernel: neither a Linux bzImage nor an ELF with a PVH note nor a multiboot 1 kernel",
        "kernel: truncated: the kernel needs 6656 bytes, the file has 5656",
        "kernel: truncated: the setup header needs 616 bytes, the file has 528",
        "kernel: a Linux kernel with boot protocol 2.3 that loads low; 2.04 or later is needed",
        "kernel: a 64-bit Linux kernel, but this CPU has no long mode: use a 32-bit one",
        "kernel: the kernel at 0x100000-0x1ffffff is not in usable RAM; the machine has 16 MiB, give it more with -m",
        "initrd: too large: 251658240 bytes do not fit into the 234881024 bytes that are free beside the kernel; "
          + "the machine has 1280 MiB, give it more with -m",
        "initrd: the file is empty",
        "Linux takes one initial RAM disk, -initrd names 2 files: only multiboot kernels take several",
        "the kernel's command line has 2048 bytes, this kernel takes 2047: shorten -append",
      ])
  }

  @Test func `a kernel without ACPI is told of the transports on its command line`() throws {
    var machine = self.machine
    machine.transports = [.init(address: 0xfeb0_0000, gsi: 24), .init(address: 0xfeb0_0400, gsi: 26)]
    func line(_ text: String) throws -> String {
      let request = BootRequest(kernel: FirmwareSample.file(FirmwareSample.bzImage()), commandLine: text)
      let plan = try BootImage.plan(request, on: machine)
      return plan.text(plan.number(UInt64(plan.entry.esi) + 0x228, 4))
    }
    #expect(try line("quiet") == "quiet")
    #expect(
      try line("quiet acpi=off")
        == "quiet acpi=off virtio_mmio.device=512@0xfeb00000:24 virtio_mmio.device=512@0xfeb00400:26")
  }

  // MARK: PVH

  @Test func `an ELF with a PVH note is entered there with its start information in EBX`() throws {
    let module = FirmwareSample.file([9, 8, 7], name: "initrd")
    let plan = try plan(
      FirmwareSample.elf(note: FirmwareSample.pvhNote(0x100004)), modules: [module], line: "quiet")
    #expect(plan.entry.eip == 0x100004)
    let info = UInt64(plan.entry.ebx)
    #expect(plan.number(info, 4) == 0x336e_c578)
    #expect(plan.number(info + 4, 4) == 1)
    #expect(plan.number(info + 12, 4) == 1)
    let list = plan.number(info + 16, 8)
    #expect(plan.bytes(plan.number(list, 8), 3) == [9, 8, 7])
    #expect(plan.number(list + 8, 8) == 3)
    #expect(plan.text(plan.number(info + 24, 8)) == "quiet")
    #expect(plan.number(info + 32, 8) == UInt64(LegacyFirmware.rsdp))
    #expect(plan.number(info + 48, 4) == 5)
    #expect(plan.number(plan.number(info + 40, 8) + 8, 8) == 0x9fc00)
  }

  @Test func `an ELF without a way in is refused with the reason`() {
    #expect(
      refusal(FirmwareSample.elf())
        == "kernel: an ELF executable for i386 with neither a PVH note nor a multiboot header: nothing says how to start it"
    )
    #expect(
      refusal(FirmwareSample.elf(machine: 8))
        == "kernel: an ELF file for another CPU than i386, x86-64 or little-endian ARM")
    #expect(
      refusal(FirmwareSample.elf(machine: 62, note: FirmwareSample.pvhNote(0x100000)))
        == "kernel: an x86-64 kernel, but this CPU has no long mode: use a 32-bit one")
    #expect(
      refusal(FirmwareSample.elf(at: 0xa0000, note: FirmwareSample.pvhNote(0xa0000))).hasPrefix(
        "kernel: a segment at 0xa0000-0xa1000 is not in usable RAM"))
  }

  // MARK: Multiboot

  @Test func `a multiboot ELF gets its modules, memory map and command line`() throws {
    let modules = [
      BootRequest.File(name: "first", bytes: [1], arguments: "a b"), BootRequest.File(name: "second", bytes: [2, 3]),
    ]
    let plan = try plan(
      FirmwareSample.elf(code: FirmwareSample.multibootHeader(3) + [0xf4]), modules: modules, line: "debug")
    #expect(plan.entry.eip == 0x100000)
    #expect(plan.entry.eax == 0x2bad_b002)
    let info = UInt64(plan.entry.ebx)
    #expect(plan.number(info, 4) == 0x124d)
    #expect(plan.number(info + 4, 4) == 639)
    #expect(plan.number(info + 8, 4) == 255 << 10)
    #expect(plan.text(plan.number(info + 16, 4)) == "kernel debug")
    #expect(plan.text(plan.number(info + 64, 4)) == "Ferry")
    #expect(plan.number(info + 20, 4) == 2)
    let list = plan.number(info + 24, 4)
    #expect(plan.text(plan.number(list + 8, 4)) == "first a b")
    #expect(plan.text(plan.number(list + 24, 4)) == "second")
    let second = plan.number(list + 16, 4)
    #expect(second % 4096 == 0)
    #expect(plan.bytes(second, 2) == [2, 3])
    #expect(plan.number(list + 20, 4) == second + 2)
    #expect(plan.number(info + 44, 4) == 5 * 24)
    let map = plan.number(info + 48, 4)
    #expect(plan.number(map, 4) == 20)
    #expect(plan.number(map + 12, 8) == 0x9fc00)
  }

  @Test func `a multiboot kernel with addresses in its header needs no ELF`() throws {
    let image =
      [UInt8](repeating: 0, count: 16)
      + FirmwareSample.multibootHeader(0x10003, [0x200010, 0x200000, 0x200040, 0x201000, 0x200030])
      + [UInt8](repeating: 0xcc, count: 16)
    let plan = try plan(image)
    #expect(plan.entry.eip == 0x200030)
    #expect(plan.bytes(0x200030, 4) == [0xcc, 0xcc, 0xcc, 0xcc])
    #expect(plan.placements.contains { $0.range == 0x200000..<0x201000 })
  }

  @Test func `multiboot kernels that ask for too much are refused`() {
    #expect(refusal(FirmwareSample.multibootHeader(8)).contains("asks for features 0x8"))
    #expect(
      refusal(FirmwareSample.multibootHeader(3))
        == "kernel: a multiboot kernel that is no ELF and gives no load addresses")
    #expect(refusal(FirmwareSample.multibootHeader(0x10000)).contains("truncated"))
    #expect(
      refusal(FirmwareSample.multibootHeader(0x10000, [0x100000, 0x100000, 0x900000, 0, 0x100000])).contains(
        "truncated: the kernel needs 8388608 bytes"))
    #expect(
      refusal(FirmwareSample.multibootHeader(0x10000, [0xb0000, 0xb0000, 0, 0, 0xb0000])).contains(
        "is not in usable RAM"))
  }

  @Test func `module lists are split at commas, and two commas are one`() {
    let parts = BootRequest.splitModules("a b  c,d,,e f,,g,")
    #expect(parts.map(\.file) == ["a", "d,e"])
    #expect(parts.map(\.arguments) == ["b  c", "f,g"])
  }

  // MARK: Hostile files

  @Test func `mutated and truncated kernels are started or refused, never more`() {
    var random = SplitMix64(seed: 3)
    let samples = [
      FirmwareSample.bzImage(size: 64),
      FirmwareSample.elf(note: FirmwareSample.pvhNote(0x100004)),
      FirmwareSample.elf(code: FirmwareSample.multibootHeader(3) + [0xf4]),
      FirmwareSample.multibootHeader(0x10003, [0x100000, 0x100000, 0, 0, 0x100000]) + [UInt8](repeating: 0, count: 40),
    ]
    var refused = 0
    for _ in 0..<20000 {
      var bytes = samples.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        bytes[at] = Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 0xff
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      }
      do {
        let plan = try plan(bytes)
        for placement in plan.placements { #expect(placement.range.upperBound <= machine.lowRAM) }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1000)
  }
}

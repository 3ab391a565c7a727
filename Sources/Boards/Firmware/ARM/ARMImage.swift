/// A kernel for ARM: what goes where, and where it is entered (Linux Documentation/arm/booting.rst).
struct ARMImage {
  /// Where boot loaders put a kernel on this board.
  static let usual: UInt64 = 0x10000
  /// Where Linux has to lie when it is not compressed, from the start of RAM.
  static let uncompressed: UInt64 = 0x8000

  /// What was recognised, for people.
  let summary: String
  let placements: [Placement]
  /// Bit 0 set begins in Thumb state.
  let entry: UInt32
  /// The first address that it may be expected to leave alone before it has read what it was handed.
  let reach: UInt64

  static func isZImage(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 0x30 && Array(bytes[0x24..<0x28]) == [0x18, 0x28, 0x6f, 0x01]
  }

  /// - Throws: `BootError` when it is none that can be started with `ram` bytes of RAM.
  init(_ file: BootRequest.File, ram: ARMMemory) throws(BootError) {
    guard !file.bytes.isEmpty else { throw .empty(file: file.name) }
    switch KernelKind(file.bytes) {
    case .bzImage, .elf(.i386), .elf(.amd64):
      throw .wrongArchitecture(file: file.name, kernel: "x86", cpu: "ARM")
    case .elf(.arm): self = try Self.elf(file, ram)
    case .uImage:
      let image = try UImage(file)
      let load = image.load.map(UInt64.init) ?? Self.usual
      let entry = image.load == nil ? UInt32(truncatingIfNeeded: load) &+ image.entry : image.entry
      let inner = BootRequest.File(name: file.name, bytes: image.data)
      if Self.isZImage(image.data) { try Self.checkZImage(inner) }
      self = try Self.flat("uImage \"\(image.name)\"", inner, at: load, entry: entry, ram)
    case .zImage:
      try Self.checkZImage(file)
      self = try Self.flat("zImage", file, at: Self.usual, entry: UInt32(Self.usual), ram)
    case nil:
      // Code begins with an instruction that is always executed.
      guard file.bytes.count >= 32, file.bytes[3] >> 4 == 0xe else { throw .unknownARMFormat(file: file.name) }
      let isLinux = file.bytes.firstRange(of: Array("Linux version ".utf8)) != nil
      let base = isLinux ? Self.uncompressed : Self.usual
      self = try Self.flat(isLinux ? "Linux Image" : "flat image", file, at: base, entry: UInt32(base), ram)
    }
  }

  private init(summary: String, placements: [Placement], entry: UInt32, reach: UInt64) {
    self.summary = summary
    self.placements = placements
    self.entry = entry
    self.reach = reach
  }

  /// The header's promise of how long the file is.
  private static func checkZImage(_ file: BootRequest.File) throws(BootError) {
    func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(file.bytes[at + $1]) << UInt32($1 * 8) } }
    let size = word(0x2c) &- word(0x28)
    guard UInt64(size) <= UInt64(file.bytes.count) else {
      throw .truncated(file: file.name, what: "the zImage", needs: UInt64(size), has: UInt64(file.bytes.count))
    }
  }

  private static func flat(
    _ summary: String, _ file: BootRequest.File, at base: UInt64, entry: UInt32, _ ram: ARMMemory
  ) throws(BootError) -> ARMImage {
    let placement = Placement("kernel", at: base, file.bytes)
    guard ram.offset(of: placement.range) == base else {
      throw .outsideRAM(file: file.name, what: "the kernel", range: placement.range, ram: ram.size)
    }
    // A compressed kernel unpacks itself to four times its size at most; others clear some memory behind them.
    let factor: UInt64 = isZImage(file.bytes) ? 4 : 2
    return ARMImage(
      summary: summary, placements: [placement], entry: entry, reach: base + UInt64(file.bytes.count) * factor)
  }

  private static func elf(_ file: BootRequest.File, _ ram: ARMMemory) throws(BootError) -> ARMImage {
    let elf = try ELFImage(file)
    let loadable = elf.segments.filter { $0.kind == 1 && $0.memorySize > 0 }
    guard !loadable.isEmpty else { throw .unsupported(file: file.name, reason: "an ELF file with nothing to load") }
    // Linux gives its virtual addresses for physical ones, too.
    let lowest = loadable.map(\.physical).min() ?? 0
    let distance: UInt64 = lowest >= 0xc000_0000 ? 0xc000_0000 : 0
    var placements: [Placement] = []
    for segment in loadable {
      let size = max(segment.memorySize, segment.fileSize)
      let base = segment.physical &- distance
      let (end, overflow) = base.addingReportingOverflow(size)
      guard !overflow, let offset = ram.offset(of: base..<end) else {
        throw .outsideRAM(
          file: file.name, what: "a segment", range: base..<(overflow ? .max : end), ram: ram.size)
      }
      let start = Int(segment.offset)
      let data = segment.fileSize == 0 ? [] : Array(elf.bytes[start..<start + Int(segment.fileSize)])
      placements.append(Placement("kernel", at: offset, data, size: size))
    }
    let entry = elf.physicalEntry &- distance
    guard let start = UInt32(exactly: entry) else {
      throw .unsupported(file: file.name, reason: "an ELF file whose entry is above 4 GiB")
    }
    return ARMImage(
      summary: "ELF executable", placements: placements, entry: start,
      reach: placements.map(\.range.upperBound).max() ?? 0)
  }
}

import Bits

/// The program headers and notes of an ELF executable, 32 or 64 bits, little endian.
struct ELFImage {
  /// Which CPU a file is for.
  enum Machine: UInt16 {
    case i386 = 3
    case amd64 = 62
    case arm = 40
  }

  /// A program header.
  struct Segment {
    let kind: UInt32
    let offset: UInt64
    let virtual: UInt64
    let physical: UInt64
    let fileSize: UInt64
    let memorySize: UInt64
    let alignment: UInt64
  }

  let file: String
  let bytes: [UInt8]
  let machine: Machine
  let is64Bit: Bool
  let entry: UInt64
  let segments: [Segment]

  static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) }

  init(_ file: BootRequest.File) throws(BootError) {
    let name = file.name
    let bytes = file.bytes
    self.file = name
    self.bytes = bytes
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
    }
    guard bytes.count >= 52 else {
      throw .truncated(file: name, what: "the ELF header", needs: 52, has: UInt64(bytes.count))
    }
    guard bytes[5] == 1, bytes[4] == 1 || bytes[4] == 2, let machine = Machine(rawValue: UInt16(number(18, 2))) else {
      throw .unsupported(file: name, reason: "an ELF file for another CPU than i386, x86-64 or little-endian ARM")
    }
    let wide = bytes[4] == 2
    guard !wide || bytes.count >= 64 else {
      throw .truncated(file: name, what: "the ELF header", needs: 64, has: UInt64(bytes.count))
    }
    guard number(16, 2) == 2 || number(16, 2) == 3 else {
      throw .unsupported(file: name, reason: "an ELF file that is no executable (an object, library or core)")
    }
    let table = wide ? number(32, 8) : number(28, 4)
    let size = Int(wide ? number(54, 2) : number(42, 2))
    let count = Int(wide ? number(56, 2) : number(44, 2))
    let least = wide ? 56 : 32
    guard count == 0 || size >= least else {
      throw .unsupported(file: name, reason: "an ELF file with program headers of \(size) bytes")
    }
    let (end, overflow) = table.addingReportingOverflow(UInt64(size * count))
    guard !overflow, end <= UInt64(bytes.count) else {
      throw .truncated(file: name, what: "the table of program headers", needs: end, has: UInt64(bytes.count))
    }
    var segments: [Segment] = []
    for index in 0..<count {
      let at = Int(table) + index * size
      let segment =
        wide
        ? Segment(
          kind: UInt32(number(at, 4)), offset: number(at + 8, 8), virtual: number(at + 16, 8),
          physical: number(at + 24, 8), fileSize: number(at + 32, 8), memorySize: number(at + 40, 8),
          alignment: number(at + 48, 8))
        : Segment(
          kind: UInt32(number(at, 4)), offset: number(at + 4, 4), virtual: number(at + 8, 4),
          physical: number(at + 12, 4), fileSize: number(at + 16, 4), memorySize: number(at + 20, 4),
          alignment: number(at + 28, 4))
      let (last, overflow) = segment.offset.addingReportingOverflow(segment.fileSize)
      guard segment.fileSize == 0 || (!overflow && last <= UInt64(bytes.count)) else {
        throw .truncated(file: name, what: "segment \(index)", needs: last, has: UInt64(bytes.count))
      }
      segments.append(segment)
    }
    self.machine = machine
    is64Bit = wide
    entry = wide ? number(24, 8) : number(24, 4)
    self.segments = segments
  }

  /// The loadable segments, at their physical addresses, all in usable RAM.
  func placements(_ machine: FirmwareDescription) throws(BootError) -> [Placement] {
    let map = MemoryMap(machine)
    var placements: [Placement] = []
    for segment in segments where segment.kind == 1 && segment.memorySize > 0 {
      let size = max(segment.memorySize, segment.fileSize)
      let (end, overflow) = segment.physical.addingReportingOverflow(size)
      guard !overflow, end <= machine.lowRAM, map.isUsable(segment.physical..<end) else {
        throw .outsideRAM(
          file: file, what: "a segment", range: segment.physical..<(overflow ? .max : end),
          ram: machine.lowRAM + machine.highRAM)
      }
      let start = Int(segment.offset)
      let data = segment.fileSize == 0 ? [] : Array(bytes[start..<start + Int(segment.fileSize)])
      placements.append(Placement("kernel", at: segment.physical, data, size: size))
    }
    guard !placements.isEmpty else { throw .unsupported(file: file, reason: "an ELF file with nothing to load") }
    return placements
  }

  /// The entry point as a physical address: it may be given as a virtual one.
  var physicalEntry: UInt64 {
    for segment in segments where segment.kind == 1 {
      let (distance, below) = entry.subtractingReportingOverflow(segment.virtual)
      if !below && distance < segment.memorySize { return segment.physical &+ distance }
    }
    return entry
  }

  /// The value of the first note of that owner and type.
  func note(owner: String, type: UInt32) -> ArraySlice<UInt8>? {
    for segment in segments where segment.kind == 4 && segment.fileSize > 0 {
      var rest = bytes[Int(segment.offset)..<Int(segment.offset + segment.fileSize)]
      let step = segment.alignment == 8 ? 8 : 4
      while rest.count >= 12 {
        func word(_ index: Int) -> UInt32 {
          (0..<4).reduce(0) { $0 | UInt32(rest[rest.startIndex + index * 4 + $1]) << UInt32($1 * 8) }
        }
        let nameSize = Int(word(0))
        let size = Int(word(1))
        let kind = word(2)
        let nameEnd = (12 + nameSize + step - 1) / step * step
        let end = (nameEnd + size + step - 1) / step * step
        guard nameEnd + size <= rest.count else { break }
        let start = rest.startIndex
        let name = rest[start + 12..<start + 12 + nameSize].prefix { $0 != 0 }
        if kind == type && Array(name) == Array(owner.utf8) { return rest[start + nameEnd..<start + nameEnd + size] }
        rest = rest.dropFirst(end)
      }
    }
    return nil
  }
}

@testable import Boards

/// A machine with everything on it, and files to start.
enum FirmwareSample {
  static var machine: FirmwareDescription {
    var machine = FirmwareDescription(lowRAM: 256 << 20, highRAM: 1 << 30)
    machine.apicIDs = [0, 1]
    machine.ioapics = [
      .init(id: 8, address: 0xfec0_0000, gsiBase: 0), .init(id: 9, address: 0xfec1_0000, gsiBase: 24),
    ]
    machine.serialPorts = [.init(port: 0x3f8, irq: 4), .init(port: 0x2f8, irq: 3)]
    machine.transports = (0..<24).map { .init(address: 0xfeb0_0000 + $0 * 512, gsi: 24 + $0) }
    machine.powerBlock = .init(port: 0x600, sci: 10)
    machine.eventDevice = .init(address: 0xfea0_0000, gsi: 9)
    return machine
  }

  static func file(_ bytes: [UInt8], name: String = "kernel") -> BootRequest.File { .init(name: name, bytes: bytes) }

  /// A bzImage of four setup sectors and `size` bytes of kernel.
  static func bzImage(size: Int = 4096, change: (inout ByteBuffer) -> Void = { _ in }) -> [UInt8] {
    var image = ByteBuffer(zeros: 5 * 512)
    image.set(4 as UInt8, at: 0x1f1)
    image.set(UInt32(size / 16), at: 0x1f4)
    image.set(0xaa55 as UInt16, at: 0x1fe)
    image.set(0x66eb as UInt16, at: 0x200)
    for (index, byte) in "HdrS".utf8.enumerated() { image.bytes[0x202 + index] = byte }
    image.set(0x020f as UInt16, at: 0x206)
    image.set(1 as UInt8, at: 0x211)
    image.set(0x0010_0000 as UInt32, at: 0x214)
    image.set(0x37ff_ffff as UInt32, at: 0x22c)
    image.set(2047 as UInt32, at: 0x238)
    image.set(0x0100_0000 as UInt64, at: 0x258)
    image.set(0x0100_0000 as UInt32, at: 0x260)
    image.put([UInt8](repeating: 0x90, count: size))
    change(&image)
    return image.bytes
  }

  /// A 32-bit ELF executable with one segment of `code` at 1 MiB, and a note when given one.
  static func elf(code: [UInt8] = [0xf4], at address: UInt32 = 0x100000, machine: UInt16 = 3, note: [UInt8] = [])
    -> [UInt8]
  {
    var image = ByteBuffer()
    image.put([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0])
    image.zeros(8)
    image.put(2 as UInt16)
    image.put(machine)
    image.put(1 as UInt32)
    image.put(address)
    image.put(52 as UInt32)
    image.zeros(8)
    image.put(52 as UInt16)
    image.put(32 as UInt16)
    image.put(2 as UInt16)
    image.zeros(6)
    let start = 52 + 64
    for (kind, offset, place, count, memory) in [
      (1, start, address, code.count, code.count + 0x1000), (4, start + code.count, 0, note.count, 0),
    ] {
      image.put(UInt32(kind))
      image.put(UInt32(offset))
      image.put(place)
      image.put(place)
      image.put(UInt32(count))
      image.put(UInt32(memory))
      image.put(7 as UInt32)
      image.put(4 as UInt32)
    }
    image.put(code)
    image.put(note)
    return image.bytes
  }

  /// The note that gives a PVH entry.
  static func pvhNote(_ entry: UInt32) -> [UInt8] {
    var note = ByteBuffer()
    note.put(4 as UInt32)
    note.put(4 as UInt32)
    note.put(18 as UInt32)
    note.put("Xen", count: 4)
    note.put(entry)
    return note.bytes
  }

  /// A multiboot header with `flags` and address fields.
  static func multibootHeader(_ flags: UInt32, _ addresses: [UInt32] = []) -> [UInt8] {
    var header = ByteBuffer()
    header.put(0x1bad_b002 as UInt32)
    header.put(flags)
    header.put(0 &- (0x1bad_b002 as UInt32) &- flags)
    for address in addresses { header.put(address) }
    return header.bytes
  }
}

extension BootPlan {
  /// What a guest finds at `address` before it starts.
  func bytes(_ address: UInt64, _ count: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    for placement in placements {
      for index in 0..<count {
        let at = address + UInt64(index)
        guard placement.range.contains(at) else { continue }
        let inside = Int(at - placement.address)
        result[index] = inside < placement.bytes.count ? placement.bytes[inside] : 0
      }
    }
    return result
  }

  func number(_ address: UInt64, _ count: Int) -> UInt64 {
    bytes(address, count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The text at `address` up to its zero.
  func text(_ address: UInt64) -> String {
    String(decoding: bytes(address, 256).prefix { $0 != 0 }, as: UTF8.self)
  }
}

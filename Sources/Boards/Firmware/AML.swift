/// An assembler for the part of AML that a DSDT of this board needs (ACPI 6.4, chapter 20).
enum AML {
  typealias Code = [UInt8]

  // MARK: Names and data

  /// A name segment of four characters, filled with underscores.
  static func segment(_ name: String) -> Code {
    Code(name.utf8.prefix(4)) + Code(repeating: 0x5f, count: max(0, 4 - name.utf8.count))
  }

  /// A path of one segment, relative or from the root (`\_SB`).
  static func path(_ name: String) -> Code {
    name.hasPrefix("\\") ? [0x5c] + segment(String(name.dropFirst())) : segment(name)
  }

  static func integer(_ value: UInt64) -> Code {
    var buffer = ByteBuffer()
    switch value {
    case 0: return [0x00]
    case 1: return [0x01]
    case 2...0xff:
      buffer.put(0x0a as UInt8)
      buffer.put(UInt8(value))
    case 0x100...0xffff:
      buffer.put(0x0b as UInt8)
      buffer.put(UInt16(value))
    case 0x1_0000...0xffff_ffff:
      buffer.put(0x0c as UInt8)
      buffer.put(UInt32(value))
    default:
      buffer.put(0x0e as UInt8)
      buffer.put(value)
    }
    return buffer.bytes
  }

  static func string(_ text: String) -> Code { [0x0d] + Code(text.utf8) + [0] }

  /// An EISA ID such as PNP0501, compressed into 32 bits.
  static func eisaID(_ text: String) -> Code {
    let letters = Array(text.utf8)
    precondition(letters.count == 7, "EISA ID \(text)")
    func digit(_ index: Int) -> UInt32 { UInt32(Character(UnicodeScalar(letters[index])).hexDigitValue ?? 0) }
    var value: UInt32 = 0
    for letter in letters.prefix(3) { value = value << 5 | UInt32(letter - 0x40) }
    for index in 3..<7 { value = value << 4 | digit(index) }
    var buffer = ByteBuffer()
    buffer.put(0x0c as UInt8)
    buffer.put(value.byteSwapped)
    return buffer.bytes
  }

  // MARK: Packages

  /// Prefixes `content` with its package length, which counts itself (20.2.4).
  static func sized(_ content: Code) -> Code {
    for extra in 0..<4 {
      let length = content.count + extra + 1
      if extra == 0 {
        if length < 0x40 { return [UInt8(length)] + content }
      } else if length < 1 << (4 + 8 * extra) {
        var code: Code = [UInt8(extra << 6 | length & 0xf)]
        for index in 0..<extra { code.append(UInt8(truncatingIfNeeded: length >> (4 + 8 * index))) }
        return code + content
      }
    }
    preconditionFailure("an AML package of \(content.count) bytes")
  }

  static func name(_ name: String, _ value: Code) -> Code { [0x08] + path(name) + value }

  static func scope(_ name: String, _ content: [Code]) -> Code {
    [0x10] + sized(path(name) + content.flatMap(\.self))
  }

  static func device(_ name: String, _ content: [Code]) -> Code {
    [0x5b, 0x82] + sized(path(name) + content.flatMap(\.self))
  }

  static func method(_ name: String, arguments: UInt8, isSerialized: Bool = false, _ content: [Code]) -> Code {
    [0x14] + sized(path(name) + [arguments & 7 | (isSerialized ? 8 : 0)] + content.flatMap(\.self))
  }

  static func package(_ elements: [Code]) -> Code {
    [0x12] + sized([UInt8(elements.count)] + elements.flatMap(\.self))
  }

  static func buffer(_ bytes: [UInt8]) -> Code { [0x11] + sized(integer(UInt64(bytes.count)) + bytes) }

  // MARK: Regions and statements

  static let local0: Code = [0x60]

  /// A range of system memory that fields lie in.
  static func memoryRegion(_ name: String, base: UInt64, size: UInt64) -> Code {
    [0x5b, 0x80] + path(name) + [0x00] + integer(base) + integer(size)
  }

  /// Fields of a region, accessed in 32-bit words, other bits written as zeros.
  static func wordField(_ region: String, _ fields: [(name: String, bits: Int)]) -> Code {
    var content = path(region) + [0x43]
    for field in fields { content += segment(field.name) + fieldLength(field.bits) }
    return [0x5b, 0x81] + sized(content)
  }

  /// A field's width: coded as a package length that does not count itself.
  private static func fieldLength(_ bits: Int) -> Code {
    bits < 0x40 ? [UInt8(bits)] : [UInt8(0x40 | bits & 0xf), UInt8(truncatingIfNeeded: bits >> 4)]
  }

  static func store(_ source: Code, to target: Code) -> Code { [0x70] + source + target }
  static func and(_ a: Code, _ b: Code) -> Code { [0x7b] + a + b + [0x00] }
  static func ifTrue(_ condition: Code, _ content: [Code]) -> Code {
    [0xa0] + sized(condition + content.flatMap(\.self))
  }
  static func notify(_ device: String, _ value: UInt64) -> Code { [0x86] + path(device) + integer(value) }

  // MARK: Resources (ACPI 6.4, 6.4)

  /// A `_CRS` of these descriptors.
  static func resources(_ descriptors: [Code]) -> Code {
    name("_CRS", buffer(descriptors.flatMap(\.self) + [0x79, 0x00]))
  }

  /// Ports, decoded with 16 bits.
  static func ports(_ base: UInt16, count: UInt8) -> Code {
    var buffer = ByteBuffer()
    buffer.put([0x47, 0x01])
    buffer.put(base)
    buffer.put(base)
    buffer.put([0x01, count])
    return buffer.bytes
  }

  /// An ISA interrupt: edge triggered, active high.
  static func isaInterrupt(_ irq: UInt8) -> Code {
    let mask = UInt16(1) << UInt16(irq & 15)
    return [0x22, UInt8(truncatingIfNeeded: mask), UInt8(truncatingIfNeeded: mask >> 8)]
  }

  static func memory(_ base: UInt32, size: UInt32) -> Code {
    var buffer = ByteBuffer()
    buffer.put([0x86, 0x09, 0x00, 0x01])
    buffer.put(base)
    buffer.put(size)
    return buffer.bytes
  }

  /// A global system interrupt: active high, exclusive.
  static func interrupt(_ gsi: UInt32, isEdge: Bool) -> Code {
    var buffer = ByteBuffer()
    buffer.put([0x89, 0x06, 0x00, isEdge ? 0x03 : 0x01, 0x01])
    buffer.put(gsi)
    return buffer.bytes
  }
}

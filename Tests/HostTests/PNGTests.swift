import Testing

@testable import Host

/// Reads what `PNG` writes, by the letter of RFC 2083, 1950 and 1951.
private struct Decoder {
  enum Fault: Error {
    case signature
    case chunk(String)
    case deflate, checksum, filter
  }

  var width = 0
  var height = 0
  var pixels: [UInt32] = []

  init(_ file: [UInt8]) throws {
    guard file.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] else { throw Fault.signature }
    var rest = file.dropFirst(8)
    var names: [String] = []
    var data: [UInt8] = []
    while !rest.isEmpty {
      let length = Int(Self.word(rest))
      let name = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
      let body = rest.dropFirst(8).prefix(length)
      let check = rest.dropFirst(8 + length).prefix(4)
      guard check.count == 4, Self.crc(rest.dropFirst(4).prefix(4 + length)) == Self.word(check) else {
        throw Fault.chunk(name)
      }
      switch name {
      case "IHDR":
        (width, height) = (Int(Self.word(body)), Int(Self.word(body.dropFirst(4))))
        guard body.dropFirst(8) == [8, 2, 0, 0, 0] else { throw Fault.chunk(name) }
      case "IDAT": data += body
      case "IEND": guard body.isEmpty else { throw Fault.chunk(name) }
      default: throw Fault.chunk(name)
      }
      names.append(name)
      rest = rest.dropFirst(12 + length)
    }
    guard names == ["IHDR", "IDAT", "IEND"] else { throw Fault.chunk("\(names)") }
    let rows = try Self.inflate(data[...])
    guard rows.count == (width * 3 + 1) * height else { throw Fault.deflate }
    for row in 0..<height {
      let line = rows.dropFirst(row * (width * 3 + 1)).prefix(width * 3 + 1)
      guard line.first == 0 else { throw Fault.filter }
      let bytes = Array(line.dropFirst())
      for dot in 0..<width {
        pixels.append(UInt32(bytes[dot * 3]) << 16 | UInt32(bytes[dot * 3 + 1]) << 8 | UInt32(bytes[dot * 3 + 2]))
      }
    }
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }

  /// Division by the polynomial, bit by bit.
  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      for bit in 0..<8 {
        let carry = (value ^ UInt32(byte) >> UInt32(bit)) & 1
        value = value >> 1 ^ (carry * 0xedb8_8320)
      }
    }
    return ~value
  }

  /// Stored blocks between a zlib header and its checksum.
  private static func inflate(_ stream: ArraySlice<UInt8>) throws -> [UInt8] {
    let head = stream.prefix(2).map { Int($0) }
    guard head.count == 2, head[0] & 0xf == 8, head[1] & 0x20 == 0, (head[0] << 8 | head[1]) % 31 == 0 else {
      throw Fault.deflate
    }
    var rest = stream.dropFirst(2)
    var result: [UInt8] = []
    while true {
      let block = Array(rest.prefix(5))
      guard block.count == 5, block[0] <= 1, block[1] == ~block[3], block[2] == ~block[4] else { throw Fault.deflate }
      let count = Int(block[1]) | Int(block[2]) << 8
      result += rest.dropFirst(5).prefix(count)
      rest = rest.dropFirst(5 + count)
      if block[0] == 1 { break }
    }
    let sums = result.reduce((1, 0)) { (($0.0 + Int($1)) % 65521, ($0.1 + $0.0 + Int($1)) % 65521) }
    guard rest.count == 4, Self.word(rest) == UInt32(sums.1 << 16 | sums.0) else { throw Fault.checksum }
    return result
  }
}

@Suite struct `a PNG` {
  @Test(arguments: [(1, 1), (3, 2), (640, 480), (16, 1), (1024, 768)]) func `gives back the picture`(
    width: Int, height: Int
  ) throws {
    let pixels = (0..<UInt32(width * height)).map { ($0 &* 2_654_435_761) >> 8 }
    let decoded = try Decoder(PNG.encode(pixels, width: width, height: height))
    #expect(decoded.width == width && decoded.height == height)
    #expect(decoded.pixels == pixels)
  }

  @Test func `has the checksums of the standards' examples`() {
    #expect(PNG.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
    #expect(PNG.crc32(Array("IEND".utf8)) == 0xae42_6082)
    #expect(PNG.adler32(Array("Wikipedia".utf8)) == 0x11e6_0398)
  }

  @Test func `says nothing of a dot's highest byte`() throws {
    #expect(try Decoder(PNG.encode([0xff12_3456], width: 1, height: 1)).pixels == [0x123456])
  }
}

import Testing

@testable import Host

/// Reads what `PNG` writes, by the letter of RFC 2083, 1950 and 1951.
struct PNGDecoder {
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

  static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }

  /// Division by the polynomial, bit by bit.
  static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      for bit in 0..<8 {
        let carry = (value ^ UInt32(byte) >> UInt32(bit)) & 1
        value = value >> 1 ^ (carry * 0xedb8_8320)
      }
    }
    return ~value
  }

  /// A block with the fixed codes between a zlib header and its checksum.
  static func inflate(_ stream: ArraySlice<UInt8>) throws -> [UInt8] {
    let head = stream.prefix(2).map { Int($0) }
    guard head.count == 2, head[0] & 0xf == 8, head[1] & 0x20 == 0, (head[0] << 8 | head[1]) % 31 == 0 else {
      throw Fault.deflate
    }
    var bits = Bits(Array(stream.dropFirst(2)))
    guard try bits.take(1) == 1, try bits.take(2) == 1 else { throw Fault.deflate }
    var result: [UInt8] = []
    while true {
      let symbol = try bits.symbol()
      if symbol == 256 { break }
      if symbol < 256 {
        result.append(UInt8(symbol))
        continue
      }
      // Bases and extra bits as the tables of section 3.2.5 have them.
      let lengths = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
      ]
      let lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
      let distances = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
      ]
      guard symbol - 257 < lengths.count else { throw Fault.deflate }
      let length = lengths[symbol - 257] + (try bits.take(lengthBits[symbol - 257]))
      let code = try bits.code(5)
      guard code < distances.count else { throw Fault.deflate }
      let distance = distances[code] + (try bits.take(max(0, code / 2 - 1)))
      guard distance <= result.count else { throw Fault.deflate }
      for _ in 0..<length { result.append(result[result.count - distance]) }
    }
    let sums = result.reduce((1, 0)) { (($0.0 + Int($1)) % 65521, ($0.1 + $0.0 + Int($1)) % 65521) }
    guard bits.rest.count == 4, Self.word(bits.rest) == UInt32(sums.1 << 16 | sums.0) else { throw Fault.checksum }
    return result
  }

  private struct Bits {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A number, lowest bit first.
    mutating func take(_ count: Int) throws -> Int {
      var value = 0
      for index in 0..<count {
        guard place / 8 < bytes.count else { throw Fault.deflate }
        value |= Int(bytes[place / 8] >> UInt8(place % 8) & 1) << index
        place += 1
      }
      return value
    }

    /// A code, highest bit first.
    mutating func code(_ count: Int) throws -> Int {
      try (0..<count).reduce(0) { value, _ in value << 1 | (try take(1)) }
    }

    mutating func symbol() throws -> Int {
      var code = try code(7)
      if code < 24 { return 256 + code }
      code = code << 1 | (try take(1))
      if code < 0xc0 { return code - 0x30 }
      if code < 0xc8 { return 280 + code - 0xc0 }
      return 144 + (code << 1 | (try take(1))) - 0x190
    }

    /// The whole bytes that are left.
    var rest: ArraySlice<UInt8> { bytes[((place + 7) / 8)...] }
  }
}

@Suite struct `a PNG` {
  @Test(arguments: [(1, 1), (3, 2), (640, 480), (16, 1), (1024, 768)]) func `gives back the picture`(
    width: Int, height: Int
  ) throws {
    let pixels = (0..<UInt32(width * height)).map { ($0 &* 2_654_435_761) >> 8 }
    let decoded = try PNGDecoder(PNG.encode(pixels, width: width, height: height))
    #expect(decoded.width == width && decoded.height == height)
    #expect(decoded.pixels == pixels)
  }

  @Test func `of a screen with little on it is small`() throws {
    var pixels = [UInt32](repeating: 0x202020, count: 640 * 480)
    for row in 100..<116 {
      for column in 8..<500 where (row * column) % 3 == 0 { pixels[row * 640 + column] = 0xaaaaaa }
    }
    let file = PNG.encode(pixels, width: 640, height: 480)
    #expect(file.count < 40_000)
    #expect(try PNGDecoder(file).pixels == pixels)
  }

  @Test func `packs every length and distance that the format has`() throws {
    // Runs and echoes of all lengths, at distances up to the window's and beyond it.
    var bytes: [UInt8] = []
    for length in 1...600 { bytes += [UInt8](repeating: UInt8(length & 0xff), count: length % 300) }
    for distance in stride(from: 3, to: 40_000, by: 977) { bytes += bytes.suffix(distance).prefix(distance % 259 + 1) }
    var seed: UInt32 = 1
    for _ in 0..<5000 {
      seed = seed &* 1_664_525 &+ 1_013_904_223
      bytes.append(UInt8(seed >> 24))
    }
    #expect(try PNGDecoder.inflate(Deflate.zlib(bytes)[...]) == bytes)
    for count in 0..<4 { #expect(try PNGDecoder.inflate(Deflate.zlib(Array(bytes.suffix(count)))[...]).count == count) }
  }

  @Test func `has the checksums of the standards' examples`() {
    #expect(PNG.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
    #expect(PNG.crc32(Array("IEND".utf8)) == 0xae42_6082)
    #expect(Deflate.adler32(Array("Wikipedia".utf8)) == 0x11e6_0398)
  }

  @Test func `says nothing of a dot's highest byte`() throws {
    #expect(try PNGDecoder(PNG.encode([0xff12_3456], width: 1, height: 1)).pixels == [0x123456])
  }
}

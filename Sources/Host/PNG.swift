/// Pictures as PNG files (RFC 2083): eight bits a colour, no compression (stored deflate blocks, RFC 1951).
public enum PNG {
  /// The file's bytes for `width` by `height` dots, 0x00RRGGBB, row after row.
  public static func encode(_ pixels: [UInt32], width: Int, height: Int) -> [UInt8] {
    precondition(width > 0 && height > 0 && width < 1 << 20 && height < 1 << 20 && pixels.count == width * height)
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    // Truecolour, deflate, adaptive filters, not interlaced.
    chunk("IHDR", bytes(UInt32(width)) + bytes(UInt32(height)) + [8, 2, 0, 0, 0], &file)
    chunk("IDAT", zlib(rows(pixels, width: width, height: height)), &file)
    chunk("IEND", [], &file)
    return file
  }

  /// Rows of red, green and blue, each after its filter's number: 0, none.
  private static func rows(_ pixels: [UInt32], width: Int, height: Int) -> [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity((width * 3 + 1) * height)
    for row in 0..<height {
      rows.append(0)
      for dot in pixels[row * width..<(row + 1) * width] {
        rows.append(UInt8(truncatingIfNeeded: dot >> 16))
        rows.append(UInt8(truncatingIfNeeded: dot >> 8))
        rows.append(UInt8(truncatingIfNeeded: dot))
      }
    }
    return rows
  }

  /// A zlib stream (RFC 1950) of stored blocks.
  private static func zlib(_ data: [UInt8]) -> [UInt8] {
    let largest = 0xffff
    // Deflate with a 32 KiB window; the check bits make it a multiple of 31.
    var stream: [UInt8] = [0x78, 0x01]
    stream.reserveCapacity(data.count + data.count / largest * 5 + 16)
    for start in stride(from: 0, to: data.count, by: largest) {
      let block = data[start..<min(start + largest, data.count)]
      stream.append(block.endIndex == data.count ? 1 : 0)
      let length = UInt16(block.count)
      for half in [length, ~length] {
        stream.append(UInt8(truncatingIfNeeded: half))
        stream.append(UInt8(truncatingIfNeeded: half >> 8))
      }
      stream += block
    }
    return stream + bytes(adler32(data))
  }

  private static func chunk(_ name: String, _ data: [UInt8], _ file: inout [UInt8]) {
    let checked = Array(name.utf8) + data
    file += bytes(UInt32(data.count))
    file += checked
    file += bytes(crc32(checked))
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }

  // MARK: Checksums

  /// The checksum of zlib streams (RFC 1950, section 9).
  static func adler32(_ data: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in data {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return high << 16 | low
  }

  private static let table: [UInt32] = (0..<256).map { start in
    (0..<8).reduce(UInt32(start)) { value, _ in value & 1 != 0 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
  }

  /// The checksum of PNG chunks (RFC 2083, section 15).
  static func crc32(_ data: [UInt8]) -> UInt32 {
    ~data.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xff)] ^ $0 >> 8 }
  }
}

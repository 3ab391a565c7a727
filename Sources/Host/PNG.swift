/// Pictures as PNG files (RFC 2083): eight bits a colour, no filters.
public enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The file's bytes for `width` by `height` dots, 0x00RRGGBB, row after row.
  public static func encode(_ pixels: [UInt32], width: Int, height: Int) -> [UInt8] {
    precondition(width > 0 && height > 0 && width < 1 << 20 && height < 1 << 20 && pixels.count == width * height)
    let data = Deflate.zlib(rows(pixels, width: width, PixelRectangle(x: 0, y: 0, width: width, height: height)))
    return signature + header(width: width, height: height) + chunk("IDAT", data) + chunk("IEND", [])
  }

  /// Truecolour, deflate, adaptive filters, not interlaced.
  static func header(width: Int, height: Int) -> [UInt8] {
    chunk("IHDR", bytes(UInt32(width)) + bytes(UInt32(height)) + [8, 2, 0, 0, 0])
  }

  /// Rows of red, green and blue, each after its filter's number: 0, none.
  static func rows(_ pixels: [UInt32], width: Int, _ part: PixelRectangle) -> [UInt8] {
    let stride = part.width * 3 + 1
    return [UInt8](unsafeUninitializedCapacity: stride * part.height) { rows, count in
      var place = 0
      for row in part.y..<part.y + part.height {
        rows.initializeElement(at: place, to: 0)
        place += 1
        let start = row * width + part.x
        for dot in pixels[start..<start + part.width] {
          rows.initializeElement(at: place, to: UInt8(truncatingIfNeeded: dot >> 16))
          rows.initializeElement(at: place + 1, to: UInt8(truncatingIfNeeded: dot >> 8))
          rows.initializeElement(at: place + 2, to: UInt8(truncatingIfNeeded: dot))
          place += 3
        }
      }
      count = place
    }
  }

  /// A chunk with its length and checksum.
  static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + data
    return bytes(UInt32(data.count)) + checked + bytes(crc32(checked))
  }

  static func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }

  private static let table: [UInt32] = (0..<256).map { start in
    (0..<8).reduce(UInt32(start)) { value, _ in value & 1 != 0 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
  }

  /// The checksum of PNG chunks (RFC 2083, section 15).
  static func crc32(_ data: [UInt8]) -> UInt32 {
    ~data.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xff)] ^ $0 >> 8 }
  }
}

/// A graphics mode of the card's VBE BIOS (VESA BIOS Extension 3.0, "VBE Mode Numbers"; from 0x140 on the BIOS's own).
public struct VBEMode: Sendable, Equatable {
  /// The number without flags, 0x100 to 0x1ff.
  public let number: UInt16
  /// Dots in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// Bits of a pixel: 8, 15, 16, 24 or 32.
  public let depth: Int

  /// Bytes of a pixel.
  public var pixelBytes: Int { (depth + 7) / 8 }
  /// Bytes of a row.
  public var pitch: Int { width * pixelBytes }

  /// The mode with that number; nil when there is none.
  public static func mode(_ number: UInt16) -> VBEMode? { all.first { $0.number == number } }

  /// Every mode, by its number. Sizes come with depths in that order, and numbers follow each other.
  public static let all: [VBEMode] = [
    (0x100, 640, 400, [8]), (0x101, 640, 480, [8]), (0x103, 800, 600, [8]), (0x105, 1024, 768, [8]),
    (0x107, 1280, 1024, [8]), (0x10d, 320, 200, [15, 16, 24]), (0x110, 640, 480, [15, 16, 24]),
    (0x113, 800, 600, [15, 16, 24]), (0x116, 1024, 768, [15, 16, 24]), (0x119, 1280, 1024, [15, 16, 24]),
    (0x11c, 1600, 1200, [8, 15, 16, 24]), (0x140, 320, 200, [32]), (0x141, 640, 400, [32]), (0x142, 640, 480, [32]),
    (0x143, 800, 600, [32]), (0x144, 1024, 768, [32]), (0x145, 1280, 1024, [32]), (0x146, 320, 200, [8]),
    (0x147, 1600, 1200, [32]), (0x148, 1152, 864, [8, 15, 16, 24, 32]), (0x175, 1280, 768, [16, 24, 32]),
    (0x178, 1280, 800, [16, 24, 32]), (0x17b, 1280, 960, [16, 24, 32]), (0x17e, 1440, 900, [16, 24, 32]),
    (0x181, 1400, 1050, [16, 24, 32]), (0x184, 1680, 1050, [16, 24, 32]), (0x187, 1920, 1200, [16, 24, 32]),
    (0x18a, 2560, 1600, [16, 24, 32]), (0x18d, 1280, 720, [16, 24, 32]), (0x190, 1920, 1080, [16, 24, 32]),
    (0x193, 1600, 900, [16, 24, 32]), (0x196, 2560, 1440, [16, 24, 32]),
  ].flatMap { (first: UInt16, width: Int, height: Int, depths: [Int]) in
    depths.enumerated().map {
      VBEMode(number: first + UInt16($0.offset), width: width, height: height, depth: $0.element)
    }
  }
}

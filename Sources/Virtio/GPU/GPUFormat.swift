import SavedState

/// The order of a dot's bytes, from the lowest address up (Virtual I/O Device 1.2, 5.7.6.8).
enum GPUFormat: UInt32, CaseIterable, Wire {
  case b8g8r8a8 = 1
  case b8g8r8x8 = 2
  case a8r8g8b8 = 3
  case x8r8g8b8 = 4
  case r8g8b8a8 = 67
  case x8b8g8r8 = 68
  case a8b8g8r8 = 121
  case r8g8b8x8 = 134

  /// A dot that was read little endian as 0xAARRGGBB, with what is there for a format without alpha.
  @inline(__always)
  func color(_ dot: UInt32) -> UInt32 {
    switch self {
    case .b8g8r8a8, .b8g8r8x8: dot
    case .a8r8g8b8, .x8r8g8b8: dot.byteSwapped
    case .r8g8b8a8, .r8g8b8x8: dot & 0xff00_ff00 | dot >> 16 & 0xff | (dot & 0xff) << 16
    case .x8b8g8r8, .a8b8g8r8: dot >> 8 | dot << 24
    }
  }
}

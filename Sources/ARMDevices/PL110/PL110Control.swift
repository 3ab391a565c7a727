import Bits

/// The bits of LCDControl (DDI 0161, "LCD control register").
struct PL110Control {
  /// Bits that exist.
  static let mask: UInt32 = 0x1_bfff
  /// Bits that say how memory becomes dots.
  static let formatMask: UInt32 = 0x7be

  var bits: UInt32

  /// LcdEn: the controller scans.
  var isEnabled: Bool { bits.bit(0) }
  /// LcdBpp as it is coded.
  var depthCode: UInt32 { bits.bits(1...3) }
  /// LcdTFT.
  var isTFT: Bool { bits.bit(5) }
  /// LcdBW, which means nothing to a TFT panel.
  var isMono: Bool { bits.bit(4) && !isTFT }
  /// LcdMono8: a mono panel takes eight dots a clock, not four.
  var isEightBitMono: Bool { bits.bit(6) }
  /// LcdDual: two panels, one above the other.
  var isDual: Bool { bits.bit(7) }
  /// BGR: red and blue change places.
  var swapsRedAndBlue: Bool { bits.bit(8) }
  /// BEBO: the first byte of a word is its most significant one.
  var hasBigBytes: Bool { bits.bit(9) }
  /// BEPO: the first pixel of a byte is in its most significant bits.
  var hasBigPixels: Bool { bits.bit(10) }
  /// LcdPwr: the panel gets what the controller scans.
  var isPowered: Bool { bits.bit(11) }
  /// LcdVComp: the place in the frame that the vertical compare interrupt tells.
  var comparePlace: UInt32 { bits.bits(12...13) }
  /// WATERMARK: words that a FIFO must have room for before more are fetched.
  var burst: Int64 { bits.bit(16) ? 8 : 4 }

  /// Bits that a pixel takes in memory. Codes 6 and 7 are reserved here; they mean what they mean to the PL111:
  /// 5:6:5 and 4:4:4 in 16 bits.
  var bitsPerPixel: Int {
    switch depthCode {
    case 0: 1
    case 1: 2
    case 2: 4
    case 3: 8
    case 5: 32
    default: 16
    }
  }
}

public import SavedState

/// The registers of the Bochs VBE display interface, version 5 ("VBE_DISPI"): a frame buffer of any size beside the
/// VGA's own modes.
public struct VGADispi: DeviceState {
  /// The register that the data port shows.
  public var index: UInt16 = 0
  /// The version that software has asked for, 0xb0c0 to 0xb0c5.
  public var id: UInt16 = 0xb0c5
  /// Visible dots and rows.
  public var width: UInt16 = 640
  public var height: UInt16 = 480
  /// Bits of a pixel.
  public var depth: UInt16 = 8
  public var enable: UInt16 = 0
  /// Which 64 KiB of the memory the window shows.
  public var bank: UInt16 = 0
  /// Dots from one row to the next.
  public var virtualWidth: UInt16 = 640
  /// The first visible dot.
  public var x: UInt16 = 0
  public var y: UInt16 = 0

  public init() {}

  public static let table = StateTable<VGADispi>("vga-dispi") {
    saved(\.index)
    saved(\.id, in: 0xb0c0...0xb0c5)
    saved(\.width, in: 0...maximumWidth)
    saved(\.height, in: 0...maximumHeight)
    saved(\.depth, where: { depths.contains($0) })
    saved(\.enable, where: { $0 & ~enableMask == 0 })
    saved(\.bank, in: 0...0xff)
    saved(\.virtualWidth)
    saved(\.x)
    saved(\.y)
  }

  static let maximumWidth: UInt16 = 2560
  static let maximumHeight: UInt16 = 1600
  static let depths: [UInt16] = [4, 8, 15, 16, 24, 32]
  /// Enabled, get capabilities, 8-bit DAC, linear frame buffer, no clearing of memory.
  static let enableMask: UInt16 = 0xe3

  var isEnabled: Bool { enable & 1 != 0 }
  var givesCapabilities: Bool { enable & 2 != 0 }
  var hasWideDAC: Bool { enable & 0x20 != 0 }
  var keepsMemory: Bool { enable & 0x80 != 0 }
  /// Whether pixels are bytes one after the other, and not bits in planes.
  var isPacked: Bool { isEnabled && depth >= 8 }
  /// Bytes from one row to the next; in planes, of one plane.
  var pitch: Int { depth == 4 ? Int(virtualWidth) / 8 : Int(virtualWidth) * ((Int(depth) + 7) / 8) }
  /// Bytes of memory that a row takes.
  var rowBytes: Int { depth == 4 ? pitch * 4 : pitch }
}

import PCDevices

/// The `screen_info` at the start of Linux' boot parameters: what a boot loader has found on the screen
/// (include/uapi/linux/screen_info.h).
enum ScreenInfo {
  /// orig_video_isVGA of a text mode, and of a linear frame buffer.
  private static let textType: UInt8 = 1
  private static let linearType: UInt8 = 0x23

  /// Mode 3: 80 columns, 25 lines, VGA, cells of 16 lines.
  static func setText(_ parameters: inout ByteBuffer) {
    parameters.set(3 as UInt8, at: 0x06)
    parameters.set(80 as UInt8, at: 0x07)
    parameters.set(3 as UInt16, at: 0x0a)
    parameters.set(25 as UInt8, at: 0x0e)
    parameters.set(textType, at: 0x0f)
    parameters.set(16 as UInt16, at: 0x10)
  }

  /// The frame buffer `memory` in `mode`.
  static func set(_ mode: VBEMode, _ memory: FirmwareDescription.FrameBuffer, _ parameters: inout ByteBuffer) {
    parameters.set(linearType, at: 0x0f)
    parameters.set(UInt16(mode.width), at: 0x12)
    parameters.set(UInt16(mode.height), at: 0x14)
    parameters.set(UInt16(mode.depth), at: 0x16)
    parameters.set(memory.address, at: 0x18)
    // In units of 64 KiB, as the BIOS tells it.
    parameters.set(memory.size >> 16, at: 0x1c)
    parameters.set(UInt16(mode.pitch), at: 0x24)
    for (index, field) in fields(mode.depth).enumerated() {
      parameters.set(field.size, at: 0x26 + index * 2)
      parameters.set(field.position, at: 0x27 + index * 2)
    }
    // Pages besides the first; supported, extended, colour, graphics, linear; the DAC can have eight bits.
    parameters.set(UInt16(clamping: Int(memory.size) / (mode.pitch * mode.height) - 1), at: 0x32)
    parameters.set(0x9b as UInt16, at: 0x34)
    parameters.set(1 as UInt32, at: 0x36)
  }

  /// Red, green, blue and what is left: how many bits, and where. For a palette the DAC's six bits count.
  private static func fields(_ depth: Int) -> [(size: UInt8, position: UInt8)] {
    switch depth {
    case 8: [(6, 0), (6, 0), (6, 0), (0, 0)]
    case 15: [(5, 10), (5, 5), (5, 0), (1, 15)]
    case 16: [(5, 11), (6, 5), (5, 0), (0, 0)]
    case 24: [(8, 16), (8, 8), (8, 0), (0, 0)]
    default: [(8, 16), (8, 8), (8, 0), (8, 24)]
    }
  }
}

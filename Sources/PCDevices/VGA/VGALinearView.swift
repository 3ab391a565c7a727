import DeviceModel

/// A VBE frame buffer of 8 to 32 bits a pixel as dots.
struct VGALinearView {
  private let look: VGALook
  private let base: Int
  private let pitch: Int
  private let depth: Int

  init(_ look: VGALook, base: Int, pitch: Int, depth: Int) {
    self.look = look
    self.base = base
    self.pitch = pitch
    self.depth = depth
  }

  /// Draws what has changed from the frame buffer, whose visible part begins at `memory`; the rows of the picture in
  /// which something has. Rows beyond the end of the memory are black.
  func draw(from memory: UnsafeRawPointer, _ pages: VGAPages, to dots: UnsafeMutablePointer<UInt32>) -> Range<Int> {
    guard !pages.isEmpty else { return 0..<0 }
    let count = look.width * ((depth + 7) / 8)
    var changed = 0..<0
    for row in 0..<look.height {
      let offset = row * pitch
      guard base + offset + count <= VGA.memorySize else {
        if pages.isAll { (dots + row * look.width).update(repeating: 0, count: look.width) }
        continue
      }
      guard pages.touch(base + offset, count) else { continue }
      convert(memory + offset, dots + row * look.width)
      changed = changed.covering(row..<row + 1)
    }
    return changed
  }

  private func convert(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<UInt32>) {
    let width = look.width
    switch depth {
    case 8:
      look.palette.withUnsafeBufferPointer { palette in
        for x in 0..<width { target[x] = palette[Int(source.load(fromByteOffset: x, as: UInt8.self))] }
      }
    case 15:
      for x in 0..<width {
        let pixel = UInt32(source.loadUnaligned(fromByteOffset: x * 2, as: UInt16.self))
        target[x] = Self.five(pixel >> 10) << 16 | Self.five(pixel >> 5) << 8 | Self.five(pixel)
      }
    case 16:
      for x in 0..<width {
        let pixel = UInt32(source.loadUnaligned(fromByteOffset: x * 2, as: UInt16.self))
        let green = pixel >> 5 & 0x3f
        target[x] = Self.five(pixel >> 11) << 16 | (green << 2 | green >> 4) << 8 | Self.five(pixel)
      }
    case 24:
      for x in 0..<width {
        let low = UInt32(source.loadUnaligned(fromByteOffset: x * 3, as: UInt16.self))
        target[x] = low | UInt32(source.load(fromByteOffset: x * 3 + 2, as: UInt8.self)) << 16
      }
    default:
      for x in 0..<width { target[x] = source.loadUnaligned(fromByteOffset: x * 4, as: UInt32.self) & 0xff_ffff }
    }
  }

  /// Five bits as eight.
  @inline(__always)
  private static func five(_ value: UInt32) -> UInt32 { (value & 0x1f) << 3 | (value & 0x1f) >> 2 }
}

/// Pictures as portable pixmaps: the raw form, P6, of Netpbm's ppm(5).
public enum PPM {
  /// The file's bytes for `width` by `height` dots, 0x00RRGGBB, row after row.
  public static func encode(_ pixels: [UInt32], width: Int, height: Int) -> [UInt8] {
    precondition(width > 0 && height > 0 && pixels.count == width * height)
    var file = Array("P6\n\(width) \(height)\n255\n".utf8)
    file.reserveCapacity(file.count + pixels.count * 3)
    for dot in pixels {
      file.append(UInt8(truncatingIfNeeded: dot >> 16))
      file.append(UInt8(truncatingIfNeeded: dot >> 8))
      file.append(UInt8(truncatingIfNeeded: dot))
    }
    return file
  }
}

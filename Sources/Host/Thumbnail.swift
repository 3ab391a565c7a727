public import DeviceModel

/// Pictures made small, for those who look for one among many.
public enum Thumbnail {
  /// The most dots in a row, and rows.
  public static let width = 160
  public static let height = 120

  /// What `picture` shows as a PNG file of less than 64 KiB: its dots averaged by rectangles until it fits `width` by
  /// `height`, and never enlarged.
  public static func png(of picture: any Picture) -> [UInt8] {
    // In the half of the blinking in which the cursor shows.
    _ = picture.update(0)
    let (columns, rows) = (picture.width, picture.height)
    let pixels = picture.pixels
    let scale = max(1, max((columns + width - 1) / width, (rows + height - 1) / height))
    let small = (columns: max(1, columns / scale), rows: max(1, rows / scale))
    var dots: [UInt32] = []
    dots.reserveCapacity(small.columns * small.rows)
    for row in 0..<small.rows {
      for column in 0..<small.columns {
        var sums: (UInt32, UInt32, UInt32) = (0, 0, 0)
        var count: UInt32 = 0
        for y in row * scale..<min(rows, (row + 1) * scale) {
          for dot in pixels[y * columns + column * scale..<y * columns + min(columns, (column + 1) * scale)] {
            sums = (sums.0 &+ dot >> 16 & 0xff, sums.1 &+ dot >> 8 & 0xff, sums.2 &+ dot & 0xff)
            count &+= 1
          }
        }
        dots.append((sums.0 / count) << 16 | (sums.1 / count) << 8 | sums.2 / count)
      }
    }
    return PNG.encode(dots, width: small.columns, height: small.rows)
  }
}

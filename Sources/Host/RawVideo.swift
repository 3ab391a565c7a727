/// Raw pictures with their times; Video.md says how they lie in the file.
struct RawVideo: RecordingFormat {
  private static let head = Array("FERRYVID".utf8) + [1, 0, 0, 0, 0, 0, 0, 0]
  private let file: WritableFile
  private var end: Int

  init(_ file: WritableFile) throws(HostError) {
    self.file = file
    try file.write(Self.head, at: 0)
    end = Self.head.count
  }

  func fits(width: Int, height: Int) -> Bool { width <= 0xffff && height <= 0xffff }

  mutating func add(
    _ pixels: [UInt32], width: Int, height: Int, changed: PixelRectangle, at time: Int64
  ) throws(HostError) {
    var frame = Self.little(UInt64(max(0, time)), 8)
    for number in [width, height, changed.x, changed.y, changed.width, changed.height] {
      frame += Self.little(UInt64(number), 2)
    }
    frame.reserveCapacity(frame.count + 4 * changed.width * changed.height)
    for row in changed.y..<changed.y + changed.height {
      let start = row * width + changed.x
      for dot in pixels[start..<start + changed.width] { frame += Self.little(UInt64(dot & 0xff_ffff), 4) }
    }
    try file.write(frame, at: end)
    end += frame.count
  }

  /// An end without a picture: a part of no dots.
  mutating func finish(at time: Int64) throws(HostError) {
    try file.write(Self.little(UInt64(max(0, time)), 8) + [UInt8](repeating: 0, count: 12), at: end)
  }

  private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }
}

/// An animated PNG (Portable Network Graphics, third edition, sections 11.3.2.6 and 12.6): every picture is the part that
/// has changed, drawn over the one before, and shown as long as it was. All have the size of the first.
struct AnimatedPNG: RecordingFormat {
  private let file: WritableFile
  private let size: (width: Int, height: Int)
  /// Where the next picture goes, over the end that is there now.
  private var end = 0
  private var frames: UInt32 = 0
  private var sequence: UInt32 = 0
  /// The last picture's frame control: where it is, and what it says but for the time.
  private var last: (place: Int, fields: [UInt8], time: Int64)?
  /// What the times of all pictures but the last add up to, in milliseconds.
  private var told: Int64 = 0

  init(_ file: WritableFile, width: Int, height: Int) throws(HostError) {
    self.file = file
    size = (width, height)
    let head = PNG.signature + PNG.header(width: width, height: height)
    controlPlace = head.count
    let start = head + Self.control(0)
    try file.write(start, at: 0)
    end = start.count
  }

  private let controlPlace: Int

  /// So many frames, shown once.
  private static func control(_ frames: UInt32) -> [UInt8] { PNG.chunk("acTL", PNG.bytes(frames) + PNG.bytes(1)) }

  func fits(width: Int, height: Int) -> Bool { size == (width, height) }

  mutating func add(
    _ pixels: [UInt32], width: Int, height: Int, changed: PixelRectangle, at time: Int64
  ) throws(HostError) {
    try endLast(at: time)
    // The first one is the picture of viewers that know no animation: it has no part of its own.
    let part = frames == 0 ? PixelRectangle(x: 0, y: 0, width: width, height: height) : changed
    let fields =
      PNG.bytes(sequence)
      + [part.width, part.height, part.x, part.y].flatMap { PNG.bytes(UInt32(truncatingIfNeeded: $0)) }
    sequence += 1
    let data = Deflate.zlib(PNG.rows(pixels, width: width, part))
    var chunks = Self.frame(fields, milliseconds: 0).bytes
    if frames == 0 {
      chunks += PNG.chunk("IDAT", data)
    } else {
      chunks += PNG.chunk("fdAT", PNG.bytes(sequence) + data)
      sequence += 1
    }
    try file.write(chunks + PNG.chunk("IEND", []), at: end)
    last = (end, fields, time)
    end += chunks.count
    frames += 1
    try file.write(Self.control(frames), at: controlPlace)
  }

  mutating func finish(at time: Int64) throws(HostError) { try endLast(at: time) }

  /// The last picture was shown until `time`. Rounding is made good by the next one.
  private mutating func endLast(at time: Int64) throws(HostError) {
    guard let last else { return }
    let frame = Self.frame(last.fields, milliseconds: max(0, time / 1_000_000 - told))
    told += frame.milliseconds
    try file.write(frame.bytes, at: last.place)
  }

  /// A frame control chunk, and the time that it says: a fraction of sixteen bits over sixteen bits of seconds.
  private static func frame(_ fields: [UInt8], milliseconds: Int64) -> (bytes: [UInt8], milliseconds: Int64) {
    let units: [Int64] = [1, 10, 100, 1000]
    let unit = units.first { milliseconds / $0 <= 0xffff } ?? 1000
    let count = min(0xffff, milliseconds / unit)
    let rate = 1000 / unit
    let time = [count >> 8, count, rate >> 8, rate].map { UInt8(truncatingIfNeeded: $0) }
    // The next one is drawn over it, without transparency.
    return (PNG.chunk("fcTL", fields + time + [0, 0]), count * unit)
  }
}

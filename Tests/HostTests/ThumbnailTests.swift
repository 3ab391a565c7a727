import DeviceModel
import Testing

@testable import Host

struct ThumbnailTests {
  private final class Sample: Picture {
    let width: Int
    let height: Int
    let pixels: [UInt32]

    init(_ width: Int, _ height: Int, _ dot: (Int, Int) -> UInt32) {
      self.width = width
      self.height = height
      pixels = (0..<height).flatMap { y in (0..<width).map { x in dot(x, y) } }
    }

    func update(_ now: Int64) -> Bool { true }
  }

  @Test func `a large picture is averaged into the bounds`() {
    let picture = Sample(320, 240) { x, y in (x + y) & 1 == 0 ? 0xff0000 : 0x0000ff }
    let expected = PNG.encode([UInt32](repeating: 0x7f007f, count: 160 * 120), width: 160, height: 120)
    // Not as an operand of the macro, which would print both files.
    let isEqual = Thumbnail.png(of: picture) == expected
    #expect(isEqual)
  }

  @Test func `a small picture stays as it is`() {
    let picture = Sample(3, 2) { x, y in UInt32(x * 16 + y) }
    #expect(Thumbnail.png(of: picture) == PNG.encode(picture.pixels, width: 3, height: 2))
  }

  @Test(arguments: [(1, 1), (720, 400), (1024, 768), (161, 121), (10000, 3), (3, 10000), (1280, 1024)])
  func `every thumbnail is below 64 KiB`(_ size: (Int, Int)) {
    let file = Thumbnail.png(of: Sample(size.0, size.1) { x, _ in UInt32(x) })
    #expect(file.count < 1 << 16)
    #expect(file.count > 60)
  }
}

import Glibc
import Synchronization
import Testing

@testable import Display

@Suite(.serialized) struct `a window` {
  @Test func `opens where there is no screen, takes pictures and titles, and closes`() throws {
    setenv("SDL_VIDEODRIVER", "dummy", 1)
    var options = WindowOptions(title: "test")
    options.scale = 2
    let window = try WindowThread(options) {}
    #expect((2_000_000...50_000_000).contains(window.frameTime))
    for size in [(640, 400), (8, 8), (1024, 768)] {
      let pixels = [UInt32](repeating: 0xff00ff, count: size.0 * size.1)
      // It may be busy with the one before.
      while !window.show(pixels, width: size.0, height: size.1, rows: 0..<size.1) {}
      window.setTitle("\(size)")
      window.setPanel(["\(size)", "█░ 50 %"])
    }
    window.setPanel([])
    window.sharePointer(.relative)
    #expect(window.takeEvents().allSatisfy { $0 == .grab(false) })
    window.close()
  }

  @Test func `says why there is none`() {
    setenv("SDL_VIDEODRIVER", "nosuch", 1)
    defer { setenv("SDL_VIDEODRIVER", "dummy", 1) }
    #expect {
      _ = try WindowThread(WindowOptions(title: "test")) {}
    } throws: { "\($0)".contains("nosuch") }
  }

  @Test(
    arguments: [
      ((640, 480), (1280, 960), (0, 0, 1280, 960)), ((640, 480), (1280, 480), (320, 0, 640, 480)),
      ((640, 480), (320, 960), (0, 360, 320, 240)), ((720, 400), (720, 400), (0, 0, 720, 400)),
    ] as [((Int, Int), (Int, Int), (Int, Int, Int, Int))])
  func `keeps the picture's proportions`(picture: (Int, Int), room: (Int, Int), place: (Int, Int, Int, Int)) {
    let layout = Layout((picture.0, picture.1), in: (room.0, room.1))
    #expect((layout.x, layout.y, layout.width, layout.height) == place)
  }

  @Test func `draws a panel as large as its text`() {
    let panel = Panel(["ab", "█"])
    #expect((panel.width, panel.height) == (40, 56))
    for row in 28..<44 {
      let dots = panel.pixels[row * 40 + 12..<row * 40 + 20]
      #expect(dots.allSatisfy { $0 == 0xffff_ffff })
    }
    #expect(panel.pixels[0] >> 24 < 0xff)
  }
}

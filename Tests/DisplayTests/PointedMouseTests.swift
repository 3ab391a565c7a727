import DeviceModel
import Testing

@testable import Display

@Suite struct `a mouse that the guest is told the place of` {
  private static let middle = PointerPlace(x: 0x4000, y: 0x3000)

  private func shared() -> WindowInput {
    var input = WindowInput()
    #expect(input.share(.absolute) == [])
    return input
  }

  @Test func `is the guest's without a click, and nobody holds it`() {
    var input = shared()
    #expect(
      input.take(.motion(dx: 5, dy: 5, to: Self.middle)) == [.point(Self.middle, dz: 0, buttons: 0)])
    #expect(input.take(.button(0, isDown: true)) == [.point(Self.middle, dz: 0, buttons: 1)])
    #expect(input.take(.wheel(-1)) == [.point(Self.middle, dz: -1, buttons: 1)])
    #expect(input.take(.button(0, isDown: false)) == [.point(Self.middle, dz: 0, buttons: 0)])
    #expect(!input.isHeld)
    for usage in [224, 226] { _ = input.take(.key(usage, isDown: true)) }
    #expect(input.take(.key(10, isDown: true)) == [])
    #expect(!input.isHeld)
  }

  @Test func `says nothing while it stays, or where there is no picture`() {
    var input = shared()
    _ = input.take(.motion(dx: 5, dy: 5, to: Self.middle))
    #expect(input.take(.motion(dx: 1, dy: 0, to: Self.middle)) == [])
    #expect(input.take(.motion(dx: 1, dy: 0, to: nil)) == [])
  }

  @Test func `is where it was when the guest began to listen`() {
    var input = WindowInput()
    _ = input.take(.motion(dx: 5, dy: 5, to: Self.middle))
    _ = input.share(.absolute)
    #expect(input.take(.button(0, isDown: true)) == [.point(Self.middle, dz: 0, buttons: 1)])
  }

  @Test func `leaves no button down behind`() {
    var input = shared()
    _ = input.take(.motion(dx: 5, dy: 5, to: Self.middle))
    _ = input.take(.button(1, isDown: true))
    #expect(input.take(.left) == [.point(Self.middle, dz: 0, buttons: 0)])
    #expect(input.take(.button(1, isDown: false)) == [])
    _ = input.take(.button(1, isDown: true))
    #expect(input.share(.relative) == [.point(Self.middle, dz: 0, buttons: 0)])
    #expect(input.take(.motion(dx: 1, dy: 1, to: Self.middle)) == [])
  }

  @Test func `is let go of by the window that held it`() {
    var input = WindowInput()
    _ = input.share(.relative)
    _ = input.take(.button(0, isDown: true))
    #expect(input.isHeld)
    #expect(input.share(.absolute) == [.grab(false)])
  }

  @Test(arguments: [
    (0, 0, 0, 0), (100, 0, 0, 0), (739, 0, 0x7fff, 0), (100, 479, 0, 0x7fff), (2000, 2000, 0x7fff, 0x7fff),
    (-5, 240, 0, 16417), (420, 240, 16409, 16417),
  ]) func `is at the dot of the picture that is nearest`(x: Int, y: Int, right: Int, down: Int) {
    // 640 by 480 dots, with 100 at each side of them.
    let layout = Layout((320, 240), in: (840, 480))
    #expect(layout.place(x, y) == PointerPlace(x: right, y: down))
  }
}

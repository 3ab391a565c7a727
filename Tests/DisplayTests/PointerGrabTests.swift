import Testing

@testable import Display

@Suite struct `the mouse` {
  private func held() -> PointerGrab {
    var grab = PointerGrab()
    grab.isAllowed = true
    _ = grab.take(.button(0, isDown: true))
    _ = grab.take(.button(0, isDown: false))
    return grab
  }

  @Test func `is the host's until a click, which is not the guest's`() {
    var grab = PointerGrab()
    grab.isAllowed = true
    #expect(grab.take(.motion(dx: 1, dy: 1)) == [])
    #expect(grab.take(.wheel(1)) == [])
    #expect(grab.take(.button(0, isDown: true)) == [.grab(true)])
    #expect(grab.take(.button(0, isDown: false)) == [])
    #expect(grab.take(.motion(dx: 3, dy: -2)) == [.pointer(dx: 3, dy: -2, dz: 0, buttons: 0)])
  }

  @Test func `stays the host's where the guest has none`() {
    var grab = PointerGrab()
    #expect(grab.take(.button(0, isDown: true)) == [])
    #expect(!grab.isHeld)
  }

  @Test func `carries its buttons along`() {
    var grab = held()
    #expect(grab.take(.button(2, isDown: true)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 4)])
    #expect(grab.take(.button(0, isDown: true)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 5)])
    #expect(grab.take(.wheel(-1)) == [.pointer(dx: 0, dy: 0, dz: -1, buttons: 5)])
    #expect(grab.take(.button(2, isDown: false)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 1)])
  }

  @Test(arguments: [(0x1d, 0x38), (0xe01d, 0xe038), (0x1d, 0xe038)] as [(UInt16, UInt16)])
  func `comes back with Ctrl-Alt-G, of which the guest hears no G`(control: UInt16, alt: UInt16) {
    var grab = held()
    _ = grab.take(.button(1, isDown: true))
    #expect(grab.take(.key(control, isDown: true)) == [.key(control, isDown: true)])
    #expect(grab.take(.key(alt, isDown: true)) == [.key(alt, isDown: true)])
    #expect(grab.take(.key(0x22, isDown: true)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 0), .grab(false)])
    #expect(!grab.isHeld)
    #expect(grab.take(.key(0x22, isDown: false)) == [])
    #expect(grab.take(.key(alt, isDown: false)) == [.key(alt, isDown: false)])
    #expect(grab.take(.motion(dx: 1, dy: 1)) == [])
  }

  @Test func `does not come back for a G with less`() {
    var grab = held()
    _ = grab.take(.key(0x1d, isDown: true))
    #expect(grab.take(.key(0x22, isDown: true)) == [.key(0x22, isDown: true)])
    #expect(grab.take(.key(0x22, isDown: false)) == [.key(0x22, isDown: false)])
    #expect(grab.isHeld)
  }

  @Test func `comes back when the window loses the keyboard`() {
    var grab = held()
    #expect(grab.take(.left) == [.grab(false)])
    #expect(grab.take(.left) == [])
    #expect(grab.take(.button(0, isDown: true)) == [.grab(true)])
  }

  @Test func `with the host, Ctrl-Alt-G is the guest's`() {
    var grab = PointerGrab()
    for code: UInt16 in [0x1d, 0x38, 0x22] {
      #expect(grab.take(.key(code, isDown: true)) == [.key(code, isDown: true)])
    }
  }
}

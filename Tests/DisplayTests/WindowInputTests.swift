import Testing

@testable import Display

@Suite struct `the mouse` {
  private static let control = 224
  private static let alt = 226
  private static let g = 10

  private func held() -> WindowInput {
    var input = WindowInput()
    _ = input.share(.relative)
    _ = input.take(.button(0, isDown: true))
    _ = input.take(.button(0, isDown: false))
    return input
  }

  @Test func `is the host's until a click, which is not the guest's`() {
    var input = WindowInput()
    _ = input.share(.relative)
    #expect(input.take(.motion(dx: 1, dy: 1, to: nil)) == [])
    #expect(input.take(.wheel(1)) == [])
    #expect(input.take(.button(0, isDown: true)) == [.grab(true)])
    #expect(input.take(.button(0, isDown: false)) == [])
    #expect(input.take(.motion(dx: 3, dy: -2, to: nil)) == [.pointer(dx: 3, dy: -2, dz: 0, buttons: 0)])
  }

  @Test func `stays the host's where the guest has none`() {
    var input = WindowInput()
    #expect(input.take(.button(0, isDown: true)) == [])
    for usage in [Self.control, Self.alt, Self.g] { _ = input.take(.key(usage, isDown: true)) }
    #expect(!input.isHeld)
  }

  @Test func `carries its buttons along`() {
    var input = held()
    #expect(input.take(.button(2, isDown: true)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 4)])
    #expect(input.take(.button(0, isDown: true)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 5)])
    #expect(input.take(.wheel(-1)) == [.pointer(dx: 0, dy: 0, dz: -1, buttons: 5)])
    #expect(input.take(.button(2, isDown: false)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 1)])
  }

  @Test(arguments: [(224, 226), (228, 230), (224, 230)])
  func `comes and goes with Ctrl-Alt-G, of which the guest hears no G`(control: Int, alt: Int) {
    var input = held()
    _ = input.take(.button(1, isDown: true))
    #expect(input.take(.key(control, isDown: true)) == [.key(control == 224 ? 0x1d : 0xe01d, isDown: true)])
    #expect(input.take(.key(alt, isDown: true)) == [.key(alt == 226 ? 0x38 : 0xe038, isDown: true)])
    #expect(input.take(.key(Self.g, isDown: true)) == [.pointer(dx: 0, dy: 0, dz: 0, buttons: 0), .grab(false)])
    #expect(!input.isHeld)
    #expect(input.take(.key(Self.g, isDown: false)) == [])
    #expect(input.take(.motion(dx: 1, dy: 1, to: nil)) == [])
    #expect(input.take(.key(Self.g, isDown: true)) == [.grab(true)])
  }

  @Test func `does not come back for a G with less`() {
    var input = held()
    _ = input.take(.key(Self.control, isDown: true))
    #expect(input.take(.key(Self.g, isDown: true)) == [.key(0x22, isDown: true)])
    #expect(input.take(.key(Self.g, isDown: false)) == [.key(0x22, isDown: false)])
    #expect(input.isHeld)
  }

  @Test func `comes back when the window loses the keyboard`() {
    var input = held()
    #expect(input.take(.left) == [.grab(false)])
    #expect(input.take(.left) == [])
    #expect(input.take(.button(0, isDown: true)) == [.grab(true)])
  }
}

@Suite struct `keys of a window` {
  @Test func `go up when it loses the keyboard, the last first, and do not go up again`() {
    var input = WindowInput()
    for usage in [225, 224, 4] { _ = input.take(.key(usage, isDown: true)) }
    #expect(
      input.take(.left) == [.key(0x1e, isDown: false), .key(0x1d, isDown: false), .key(0x2a, isDown: false)])
    #expect(input.take(.key(4, isDown: false)) == [])
    #expect(input.take(.left) == [])
  }

  @Test func `do not repeat, and do not go up before they went down`() {
    var input = WindowInput()
    #expect(input.take(.key(5, isDown: false)) == [])
    #expect(input.take(.key(5, isDown: true)) == [.key(0x30, isDown: true)])
    #expect(input.take(.key(5, isDown: true)) == [])
  }

  @Test func `are its own with Control and Alt`() {
    var input = WindowInput()
    _ = input.take(.key(224, isDown: true))
    _ = input.take(.key(226, isDown: true))
    for (usage, key) in [
      (9, .fullScreen), (19, .pause), (12, .screenshot), (11, .help), (24, .naturalSize),
      (30, .display(1)), (38, .display(9)),
    ] as [(Int, HotKey)] {
      #expect(input.take(.key(usage, isDown: true)) == [.hotKey(key)])
      #expect(input.take(.key(usage, isDown: true)) == [])
      #expect(input.take(.key(usage, isDown: false)) == [])
    }
    // The others are the guest's: it may have consoles that Ctrl-Alt-F2 turns to.
    #expect(input.take(.key(59, isDown: true)) == [.key(0x3c, isDown: true)])
  }

  @Test(arguments: [(22, HotKey.save), (15, HotKey.load)])
  func `choose a slot, or none`(usage: Int, key: HotKey) {
    var input = WindowInput()
    for (digit, slot) in [(30, 1), (38, 9), (39, 0), (41, nil)] as [(Int, Int?)] {
      for modifier in [224, 226] { _ = input.take(.key(modifier, isDown: true)) }
      // Who types or saves should not find them down.
      #expect(
        input.take(.key(usage, isDown: true))
          == [.key(0x38, isDown: false), .key(0x1d, isDown: false), .hotKey(key)])
      for modifier in [226, 224] { #expect(input.take(.key(modifier, isDown: false)) == []) }
      #expect(input.take(.key(usage, isDown: false)) == [])
      #expect(input.take(.key(digit, isDown: true)) == [.slot(key, slot)])
      #expect(input.take(.key(digit, isDown: false)) == [])
    }
    #expect(input.take(.key(30, isDown: true)) == [.key(2, isDown: true)])
  }

  @Test func `are up before a text is typed, and down again with the next press`() {
    var input = WindowInput()
    for usage in [228, 226] { _ = input.take(.key(usage, isDown: true)) }
    #expect(
      input.take(.key(25, isDown: true))
        == [.key(0x38, isDown: false), .key(0xe01d, isDown: false), .hotKey(.paste)])
    for usage in [25, 226, 228] { #expect(input.take(.key(usage, isDown: false)) == []) }
    #expect(input.take(.key(226, isDown: true)) == [.key(0x38, isDown: true)])
    #expect(input.take(.key(25, isDown: true)) == [.key(0x2f, isDown: true)])
  }

  @Test func `are listed with what they do`() {
    #expect(HotKey.list.count == 10)
    #expect(HotKey.list.contains("Ctrl-Alt-P      stop the guest, or let it run on"))
  }
}

import Boards
import DeviceModel

/// Keyboard and mouse.
extension Control {
  /// How long a key is held where nobody says it, in milliseconds of the guest's time.
  public static let holdTime: Int64 = 100

  /// Presses `names` (QMP's key codes, such as `ctrl`, `alt`, `delete`) together, and releases them after
  /// `milliseconds` of the guest's time, last first.
  public func sendKeys(_ names: [String], holding milliseconds: Int64 = holdTime) throws(CommandError) {
    var codes: [UInt16] = []
    for name in names { codes.append(try key(name)) }
    try sendKeys(codes: codes, holding: milliseconds)
  }

  /// The same by scan code.
  func sendKeys(codes: [UInt16], holding milliseconds: Int64) throws(CommandError) {
    guard let keyboard = machine.keyboard else {
      throw CommandError(.deviceNotFound, "The board \(machine.board.name) has no keyboard")
    }
    guard (0...60_000).contains(milliseconds) else {
      throw CommandError("Keys are held for 0 to 60000 ms, not for \(milliseconds)")
    }
    try keys.press(codes, on: keyboard, holding: milliseconds * 1_000_000)
  }

  /// How long each key of a text is held, in nanoseconds of the guest's time: a keyboard's cable needs 5 ms for the
  /// bytes of a key with Shift.
  private static let typingTime: Int64 = 15_000_000

  /// Types `text` as on a US keyboard.
  ///
  /// - Throws: `CommandError` where it has a character that this has no key for: then nothing is typed.
  public func type(_ text: String) throws(CommandError) {
    guard let keyboard = machine.keyboard else {
      throw CommandError(.deviceNotFound, "The board \(machine.board.name) has no keyboard")
    }
    var strokes: [[UInt16]] = []
    for character in text {
      guard let keys = Typing.keys(character) else {
        throw CommandError("A US keyboard has no key for '\(character)'")
      }
      strokes.append(keys)
    }
    try keys.type(strokes, on: keyboard, holding: Self.typingTime)
  }

  /// A key goes down or up and stays there.
  public func key(_ name: String, down: Bool) throws(CommandError) { try key(code: try key(name), down: down) }

  func key(code: UInt16, down: Bool) throws(CommandError) {
    guard let keyboard = machine.keyboard else {
      throw CommandError(.deviceNotFound, "The board \(machine.board.name) has no keyboard")
    }
    keyboard.key(code, down: down)
  }

  func key(_ name: String) throws(CommandError) -> UInt16 {
    guard let code = KeyCode.make(name) else {
      let near = NearestName.of(name, among: KeyCode.names).map { "; did you mean '\($0)'?" } ?? ""
      throw CommandError("Parameter 'qcode' does not accept value '\(name)'\(near)")
    }
    return code
  }

  /// Moves the mouse by `dx` to the right, `dy` down, its wheel by `dz` towards the user.
  public func moveMouse(dx: Int32, dy: Int32, dz: Int32 = 0) throws(CommandError) {
    keys.isAbsolute = false
    try pointer().move(dx: dx, dy: dy, dz: dz, buttons: keys.buttons)
  }

  /// Puts an absolute pointer to `value` of one of its axes, 0 to `PointerPlace.limit`.
  func placeMouse(_ value: Int, isHorizontal: Bool) throws(CommandError) {
    let before = keys.place
    keys.place = PointerPlace(x: isHorizontal ? value : Int(before.x), y: isHorizontal ? Int(before.y) : value)
    keys.isAbsolute = true
    try pointer().point(keys.place, dz: 0, buttons: keys.buttons)
  }

  /// Presses exactly these buttons: left, right, middle, fourth and fifth from bit 0 up.
  public func setMouseButtons(_ buttons: UInt8) throws(CommandError) {
    let pointer = try pointer()
    keys.buttons = buttons
    pointer.move(dx: 0, dy: 0, buttons: buttons)
  }

  /// Presses or releases one button, by its bit.
  func mouseButton(_ bit: UInt8, down: Bool) throws(CommandError) {
    try setMouseButtons(down ? keys.buttons | 1 << bit : keys.buttons & ~(1 << bit))
  }

  private func pointer() throws(CommandError) -> any PointerInput {
    let others = [machine.absolutePointer, machine.pointer].compactMap(\.self)
    guard let pointer = keys.isAbsolute ? others.first : others.last else {
      throw CommandError(.deviceNotFound, "The board \(machine.board.name) has no mouse")
    }
    return pointer
  }
}

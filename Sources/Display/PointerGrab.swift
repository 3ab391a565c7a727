/// Who has the host's mouse: a click into the window gives it to the guest, Ctrl-Alt-G or another window's getting the
/// keyboard takes it back.
struct PointerGrab {
  /// What comes from the host.
  enum Input: Equatable {
    /// The mouse moved right and down, in counts.
    case motion(dx: Int32, dy: Int32)
    /// Left, right, middle, fourth, fifth from 0 up.
    case button(Int, isDown: Bool)
    /// The wheel turned towards the user.
    case wheel(Int32)
    case key(UInt16, isDown: Bool)
    /// The window no longer has the keyboard.
    case left
  }

  /// Whether the mouse can be given away at all.
  var isAllowed = false
  /// Whether the guest has it.
  private(set) var isHeld = false
  private var buttons: UInt8 = 0
  private var control: Set<UInt16> = []
  private var alt: Set<UInt16> = []
  private var swallowsRelease = false

  private static let release: UInt16 = 0x22

  /// What the guest is to hear of `input`.
  mutating func take(_ input: Input) -> [WindowEvent] {
    switch input {
    case .motion(let dx, let dy): return isHeld ? [.pointer(dx: dx, dy: dy, dz: 0, buttons: buttons)] : []
    case .wheel(let dz): return isHeld ? [.pointer(dx: 0, dy: 0, dz: dz, buttons: buttons)] : []
    case .button(let number, let isDown):
      guard isHeld else {
        // The click that gives it away is not the guest's.
        if isDown, isAllowed { return set(true) }
        return []
      }
      let bit: UInt8 = 1 << UInt8(number & 7)
      // The end of that click is not either.
      guard isDown || buttons & bit != 0 else { return [] }
      buttons = isDown ? buttons | bit : buttons & ~bit
      return [.pointer(dx: 0, dy: 0, dz: 0, buttons: buttons)]
    case .key(let code, let isDown): return key(code, isDown)
    case .left:
      control = []
      alt = []
      return set(false)
    }
  }

  private mutating func key(_ code: UInt16, _ isDown: Bool) -> [WindowEvent] {
    switch code {
    case 0x1d, 0xe01d: if isDown { control.insert(code) } else { control.remove(code) }
    case 0x38, 0xe038: if isDown { alt.insert(code) } else { alt.remove(code) }
    case Self.release where isDown && isHeld && !control.isEmpty && !alt.isEmpty:
      swallowsRelease = true
      return set(false)
    case Self.release where !isDown && swallowsRelease:
      swallowsRelease = false
      return []
    default: break
    }
    return [.key(code, isDown: isDown)]
  }

  private mutating func set(_ held: Bool) -> [WindowEvent] {
    guard held != isHeld else { return [] }
    isHeld = held
    let release: [WindowEvent] = buttons != 0 ? [.pointer(dx: 0, dy: 0, dz: 0, buttons: 0)] : []
    buttons = 0
    return release + [.grab(held)]
  }
}

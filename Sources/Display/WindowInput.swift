/// What of keyboard and mouse is the guest's, and what the window's own.
///
/// A click into the window, or Ctrl-Alt-G, gives the host's mouse to the guest; Ctrl-Alt-G, or another window's getting
/// the keyboard, takes it back. Keys that are down are released then, too.
struct WindowInput {
  /// What comes from the host.
  enum Input: Equatable {
    /// The mouse moved right and down, in counts.
    case motion(dx: Int32, dy: Int32)
    /// Left, right, middle, fourth, fifth from 0 up.
    case button(Int, isDown: Bool)
    /// The wheel turned towards the user.
    case wheel(Int32)
    /// A key, by its USB usage.
    case key(Int, isDown: Bool)
    /// The window no longer has the keyboard.
    case left
  }

  /// Whether the mouse can be given away at all.
  var isAllowed = false
  /// Whether the guest has it.
  private(set) var isHeld = false
  private var buttons: UInt8 = 0
  /// Keys that the guest has been told are down, in their order.
  private var down: [(usage: Int, code: UInt16)] = []
  /// Modifiers that are down, whoever has heard of them.
  private var held: Set<Int> = []
  /// Keys that are down and not the guest's.
  private var own: Set<Int> = []
  /// What the next key chooses a slot for.
  private var chooses: HotKey?

  /// What comes of `input`, in order.
  mutating func take(_ input: Input) -> [WindowEvent] {
    switch input {
    case .motion(let dx, let dy): return isHeld ? [.pointer(dx: dx, dy: dy, dz: 0, buttons: buttons)] : []
    case .wheel(let dz): return isHeld ? [.pointer(dx: 0, dy: 0, dz: dz, buttons: buttons)] : []
    case .button(let number, let isDown):
      guard isHeld else {
        // The click that gives it away is not the guest's.
        return isDown ? set(isAllowed) : []
      }
      let bit: UInt8 = 1 << UInt8(number & 7)
      // The end of that click is not either.
      guard isDown || buttons & bit != 0 else { return [] }
      buttons = isDown ? buttons | bit : buttons & ~bit
      return [.pointer(dx: 0, dy: 0, dz: 0, buttons: buttons)]
    case .key(let usage, isDown: true): return press(usage)
    case .key(let usage, isDown: false): return release(usage)
    case .left:
      let keys = down.reversed().map { WindowEvent.key($0.code, isDown: false) }
      (down, own, held, chooses) = ([], [], [], nil)
      return keys + set(false)
    }
  }

  private static let modifiers = 224...231
  private static let controls: Set<Int> = [224, 228]
  private static let alts: Set<Int> = [226, 230]

  private mutating func press(_ usage: Int) -> [WindowEvent] {
    // The guest's keyboard repeats by itself.
    guard !own.contains(usage), !down.contains(where: { $0.usage == usage }) else { return [] }
    if Self.modifiers.contains(usage) {
      held.insert(usage)
    } else {
      if let chooses {
        self.chooses = nil
        own.insert(usage)
        return [.slot(chooses, Self.digit(usage))]
      }
      if !held.isDisjoint(with: Self.controls), !held.isDisjoint(with: Self.alts), let key = HotKey.at(usage) {
        own.insert(usage)
        switch key {
        case .grab: return set(!isHeld && isAllowed)
        case .save, .load: chooses = key
        case .paste: break
        default: return [.hotKey(key)]
        }
        // A text that is typed, or a machine that is saved, should not have Control and Alt down.
        let keys = down.reversed().map { WindowEvent.key($0.code, isDown: false) }
        own.formUnion(down.map(\.usage))
        down = []
        return keys + [.hotKey(key)]
      }
    }
    guard let code = KeyTable.make(usage) else { return [] }
    down.append((usage, code))
    return [.key(code, isDown: true)]
  }

  private mutating func release(_ usage: Int) -> [WindowEvent] {
    held.remove(usage)
    guard own.remove(usage) == nil, let index = down.firstIndex(where: { $0.usage == usage }) else { return [] }
    return [.key(down.remove(at: index).code, isDown: false)]
  }

  /// 0 to 9; nil for another key.
  private static func digit(_ usage: Int) -> Int? { (30...39).contains(usage) ? (usage - 29) % 10 : nil }

  private mutating func set(_ held: Bool) -> [WindowEvent] {
    guard held != isHeld else { return [] }
    isHeld = held
    let release: [WindowEvent] = buttons != 0 ? [.pointer(dx: 0, dy: 0, dz: 0, buttons: 0)] : []
    buttons = 0
    return release + [.grab(held)]
  }
}

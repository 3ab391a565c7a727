import DeviceModel

/// What of keyboard and mouse is the guest's, and what the window's own.
///
/// A click into the window, or Ctrl-Alt-G, gives the host's mouse to the guest; Ctrl-Alt-G, or another window's getting
/// the keyboard, takes it back. Keys that are down are released then, too. A guest that hears where the mouse is has it
/// while it is over the window.
struct WindowInput {
  /// What comes from the host.
  enum Input: Equatable {
    /// The mouse moved right and down, in counts, to a place of the picture; nil where there is none.
    case motion(dx: Int32, dy: Int32, to: PointerPlace?)
    /// Left, right, middle, fourth, fifth from 0 up.
    case button(Int, isDown: Bool)
    /// The wheel turned towards the user.
    case wheel(Int32)
    /// A key, by its USB usage.
    case key(Int, isDown: Bool)
    /// The window no longer has the keyboard.
    case left
  }

  /// How the mouse can be given away.
  private(set) var sharing = SharedPointer.none
  /// Whether the guest has it.
  private(set) var isHeld = false
  private var buttons: UInt8 = 0
  /// Where the mouse was last.
  private var place = PointerPlace(x: 0, y: 0)
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
    case .motion(let dx, let dy, let place):
      let before = self.place
      if let place { self.place = place }
      return sharing != .absolute ? moved(dx, dy) : self.place != before ? moved() : []
    case .wheel(let dz): return moved(dz: dz)
    case .button(let number, let isDown):
      guard isHeld || sharing == .absolute else {
        // The click that gives it away is not the guest's.
        return isDown ? hold(sharing == .relative) : []
      }
      let bit: UInt8 = 1 << UInt8(number & 7)
      // The end of that click is not either.
      guard isDown || buttons & bit != 0 else { return [] }
      buttons = isDown ? buttons | bit : buttons & ~bit
      return moved()
    case .key(let usage, isDown: true): return press(usage)
    case .key(let usage, isDown: false): return release(usage)
    case .left:
      let keys = down.reversed().map { WindowEvent.key($0.code, isDown: false) }
      (down, own, held, chooses) = ([], [], [], nil)
      return keys + hold(false) + releaseButtons()
    }
  }

  /// What comes of it that the mouse can be given away so.
  mutating func share(_ new: SharedPointer) -> [WindowEvent] {
    guard new != sharing else { return [] }
    let events = hold(false) + releaseButtons()
    sharing = new
    return events
  }

  /// What the guest hears of the mouse, if it has it.
  private func moved(_ dx: Int32 = 0, _ dy: Int32 = 0, dz: Int32 = 0) -> [WindowEvent] {
    if sharing == .absolute { return [.point(place, dz: dz, buttons: buttons)] }
    return isHeld ? [.pointer(dx: dx, dy: dy, dz: dz, buttons: buttons)] : []
  }

  private mutating func releaseButtons() -> [WindowEvent] {
    guard buttons != 0 else { return [] }
    buttons = 0
    return moved()
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
        case .grab: return hold(!isHeld && sharing == .relative)
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

  private mutating func hold(_ held: Bool) -> [WindowEvent] {
    guard held != isHeld else { return [] }
    let release = releaseButtons()
    isHeld = held
    return release + [.grab(held)]
  }
}

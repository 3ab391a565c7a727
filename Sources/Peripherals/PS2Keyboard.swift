public import Bits
public import SavedState

/// A PS/2 keyboard with 102 keys (IBM PS/2 Hardware Interface Technical Reference, "Keyboard"), seen from the
/// far end of its cable: bytes in, bytes out. Times are nanoseconds of the virtual clock.
public struct PS2Keyboard: DeviceState {
  /// What the next byte from the system is, if not a command.
  public enum Parameter: UInt8, Wire, Sendable {
    case none
    case leds
    case scanCodeSet
    case typematic
    case keys
  }

  public var scanCodeSet: UInt8 = 2
  /// Scroll Lock, Num Lock, Caps Lock from bit 0 up.
  public var leds: UInt8 = 0
  /// Bits 5-6 the delay, bits 0-4 the rate.
  public var typematic: UInt8 = 0x2b
  public var isScanning = true
  public var parameter = Parameter.none
  /// The command whose keys are being listed: 0xfb, 0xfc or 0xfd.
  public var keyCommand: UInt8 = 0xfb
  /// The last byte sent, for a resend.
  public var lastSent: UInt8 = 0
  /// Answers to commands; they go before keys.
  public var replies = FixedQueue<16, UInt8>(filler: 0)
  /// 16 bytes of keys and the overrun code.
  public var keys = FixedQueue<17, UInt8>(filler: 0)
  /// Shift, Control and Alt keys that are down: left ones in bits 0-2, right ones in 3-5.
  public var modifiers: UInt8 = 0
  /// The key that repeats, and when; -1 for never.
  public var repeatedKey: UInt16 = 0
  public var repeatTime: Int64 = -1
  /// Keys that send break codes, and that repeat, in set 3, a bit for every code.
  public var breaking = Self.defaultBreaking
  public var repeating = Self.defaultRepeating

  public init() {}

  public static let table = StateTable<PS2Keyboard>("ps2-keyboard") {
    saved(\.scanCodeSet, in: 1...3)
    saved(\.leds, in: 0...7)
    saved(\.typematic, in: 0...0x7f)
    saved(\.isScanning)
    saved(\.parameter)
    saved(\.keyCommand, in: 0xfb...0xfd)
    saved(\.lastSent)
    list(\.replies, max: 16)
    list(\.keys, max: 17)
    saved(\.modifiers, in: 0...0x3f)
    saved(\.repeatedKey)
    saved(\.repeatTime, in: -1...(1 << 62))
    saved(\.breaking)
    saved(\.repeating)
  }

  public var hasOutput: Bool { !replies.isEmpty || !keys.isEmpty }

  /// The next byte for the system.
  public mutating func next() -> UInt8? {
    guard let byte = replies.popFirst() ?? keys.popFirst() else { return nil }
    if byte != 0xfe { lastSent = byte }
    return byte
  }

  // MARK: Commands

  /// A byte from the system.
  ///
  /// - Returns: whether there is such a command, or parameter.
  @discardableResult
  public mutating func receive(_ byte: UInt8, now: Int64) -> Bool {
    let expected = parameter
    // Only bytes below 0xed can be parameters: the others are commands whatever went before.
    if expected != .none, byte < 0xed, take(byte, expected) { return true }
    parameter = .none
    switch byte {
    case 0xed: expect(.leds)
    case 0xee: replies.append(0xee)
    case 0xf0: expect(.scanCodeSet)
    case 0xf2: reply(0xfa, 0xab, 0x83)
    case 0xf3: expect(.typematic)
    case 0xf4:
      keys.removeAll()
      isScanning = true
      reply(0xfa)
    case 0xf5, 0xf6:
      setDefaults()
      isScanning = byte == 0xf6
      reply(0xfa)
    case 0xf7...0xfa:
      breaking = InlineArray(repeating: byte == 0xf8 || byte == 0xfa ? 0xff : 0)
      repeating = InlineArray(repeating: byte == 0xf7 || byte == 0xfa ? 0xff : 0)
      reply(0xfa)
    case 0xfb...0xfd:
      keyCommand = byte
      expect(.keys)
    case 0xfe: reply(lastSent)
    case 0xff:
      let pressed = modifiers
      self = PS2Keyboard()
      modifiers = pressed
      reply(0xfa, 0xaa)
    default:
      reply(0xfe)
      return false
    }
    return true
  }

  private mutating func expect(_ parameter: Parameter) {
    self.parameter = parameter
    reply(0xfa)
  }

  private mutating func reply(_ bytes: UInt8...) {
    for byte in bytes { replies.append(byte) }
  }

  /// The parameter of a command; false when it cannot be one.
  private mutating func take(_ byte: UInt8, _ expected: Parameter) -> Bool {
    switch expected {
    case .leds where byte < 8: leds = byte
    case .typematic where byte < 0x80: typematic = byte
    case .scanCodeSet where byte < 4:
      parameter = .none
      reply(0xfa)
      if byte == 0 {
        reply(scanCodeSet)
      } else {
        keys.removeAll()
        scanCodeSet = byte
      }
      return true
    case .keys:
      // The list goes on until a command ends it.
      breaking.set(byte, keyCommand == 0xfc)
      repeating.set(byte, keyCommand == 0xfb)
      reply(0xfa)
      return true
    default: return false
    }
    parameter = .none
    reply(0xfa)
    return true
  }

  private mutating func setDefaults() {
    let (pressed, answers, sent) = (modifiers, replies, lastSent)
    self = PS2Keyboard()
    (modifiers, replies, lastSent) = (pressed, answers, sent)
  }

  // MARK: Keys

  /// A key goes down or up; `key` as `ScanCodes` names it. Repeated downs of a held key are the host's
  /// own typematic and are left out.
  public mutating func press(_ key: UInt16, down: Bool, now: Int64) {
    if down, repeatTime >= 0, key == repeatedKey { return }
    if let bit = Self.modifier(key) { modifiers.setBit(bit, down) }
    guard isScanning else { return }
    if down {
      repeatTime = -1
      if send(key, down: true), key != ScanCodes.pause, repeats(key) {
        repeatedKey = key
        repeatTime = now &+ (Int64(typematic >> 5 & 3) &+ 1) &* 250_000_000
      }
    } else {
      if key == repeatedKey { repeatTime = -1 }
      _ = send(key, down: false)
    }
  }

  /// Repeats the held key when its time has come.
  public mutating func tick(now: Int64) {
    guard repeatTime >= 0, now >= repeatTime else { return }
    // (8 + A) · 2^B / 240 seconds.
    let period = (8 &+ Int64(typematic & 7)) &<< Int64(typematic >> 3 & 3) &* 1_000_000_000 / 240
    repeatTime = now &+ period
    // A system that does not read gets no flood when it comes back.
    if isScanning, keys.isEmpty { _ = send(repeatedKey, down: true) }
  }

  private func repeats(_ key: UInt16) -> Bool { scanCodeSet != 3 || repeating.contains(ScanCodes.set3(key)) }

  private static func modifier(_ key: UInt16) -> Int? {
    switch key {
    case 0x2a: 0
    case 0x1d: 1
    case 0x38: 2
    case 0x36: 3
    case 0xe01d: 4
    case 0xe038: 5
    default: nil
    }
  }

  /// Puts the key's codes into the buffer; false when the key has none.
  private mutating func send(_ key: UInt16, down: Bool) -> Bool {
    if scanCodeSet == 3 {
      let code = ScanCodes.set3(key)
      guard code != 0 else { return false }
      if down { buffer([code]) } else if breaking.contains(code) { buffer([0xf0, code]) }
      return true
    }
    let codes = down ? make(key) : release(key)
    guard !codes.isEmpty else { return key == ScanCodes.pause }
    buffer(scanCodeSet == 2 ? codes : Self.translated(codes))
    return true
  }

  private var hasShiftOrControl: Bool { modifiers & 0b011_011 != 0 }
  private var hasControl: Bool { modifiers & 0b010_010 != 0 }
  private var hasAlt: Bool { modifiers & 0b100_100 != 0 }

  /// The make codes of a key in set 2; empty for none.
  private func make(_ key: UInt16) -> [UInt8] {
    if key == ScanCodes.pause {
      // Control-Pause is Break. Both come whole: there is nothing to say when the key goes up.
      return hasControl ? [0xe0, 0x7e, 0xe0, 0xf0, 0x7e] : [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77]
    }
    if key == ScanCodes.printScreen {
      if hasAlt { return [0x84] }
      return hasShiftOrControl ? [0xe0, 0x7c] : [0xe0, 0x12, 0xe0, 0x7c]
    }
    let code = ScanCodes.set2[Int(key & 0x7f)]
    guard code != 0 else { return [] }
    return key >> 8 == 0xe0 ? [0xe0, code] : [code]
  }

  private func release(_ key: UInt16) -> [UInt8] {
    if key == ScanCodes.pause { return [] }
    if key == ScanCodes.printScreen {
      if hasAlt { return [0xf0, 0x84] }
      return hasShiftOrControl ? [0xe0, 0xf0, 0x7c] : [0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12]
    }
    let code = ScanCodes.set2[Int(key & 0x7f)]
    guard code != 0 else { return [] }
    return key >> 8 == 0xe0 ? [0xe0, 0xf0, code] : [0xf0, code]
  }

  private static func translated(_ codes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var isBreak = false
    for code in codes {
      if code == 0xf0 {
        isBreak = true
      } else {
        result.append(ScanCodes.set1(fromSet2: code) | (isBreak ? 0x80 : 0))
        isBreak = false
      }
    }
    return result
  }

  /// Keys that do not fit into 16 bytes leave one overrun code instead.
  private mutating func buffer(_ codes: [UInt8]) {
    let overrun: UInt8 = scanCodeSet == 1 ? 0xff : 0x00
    if Int(keys.count) + codes.count <= 16 {
      for code in codes { keys.append(code) }
    } else if keys.isEmpty || keys[Int(keys.count) - 1] != overrun {
      keys.append(overrun)
    }
  }

  // MARK: Set 3

  /// Modifiers make and break.
  private static let defaultBreaking = bitmap([0x11, 0x12, 0x14, 0x19, 0x59])

  /// Letters, digits, the space bar, the arrows and the like repeat; modifiers, function and keypad keys do not.
  private static let defaultRepeating: InlineArray<32, UInt8> = {
    var bits = InlineArray<32, UInt8>(repeating: 0xff)
    let single: [UInt8] =
      [0x07, 0x08, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x56, 0x5e]
      + [0x11, 0x12, 0x14, 0x19, 0x39, 0x57, 0x58, 0x59, 0x5f, 0x62, 0x65, 0x67, 0x69, 0x6b, 0x6c, 0x6d, 0x6e]
      + [0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x79, 0x7a, 0x7d, 0x7e, 0x84, 0x8b, 0x8c, 0x8d]
    for code in single { bits.set(code, false) }
    return bits
  }()

  private static func bitmap(_ codes: [UInt8]) -> InlineArray<32, UInt8> {
    var bits = InlineArray<32, UInt8>(repeating: 0)
    for code in codes { bits.set(code, true) }
    return bits
  }
}

extension InlineArray<32, UInt8> {
  /// Bit `code` of 256.
  fileprivate func contains(_ code: UInt8) -> Bool { self[Int(code >> 3)].bit(Int(code & 7)) }

  fileprivate mutating func set(_ code: UInt8, _ on: Bool) { self[Int(code >> 3)].setBit(Int(code & 7), on) }
}

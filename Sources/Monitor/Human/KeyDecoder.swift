/// Makes keys of a terminal's bytes: UTF-8, control characters, and the escape sequences that ECMA-48 terminals send.
struct KeyDecoder {
  private enum State {
    case plain
    case escape
    /// After `ESC O`.
    case shifted
    /// After `ESC [`: its parameters.
    case sequence([UInt8])
    /// Inside a character of UTF-8: what it has so far, and how many bytes are missing.
    case scalar(UInt32, Int)
  }

  /// The longest sequence that is looked at; of longer ones only the end is waited for.
  private static let parameterLimit = 16
  private var state = State.plain
  private var wasReturn = false

  init() {}

  /// The key that `byte` completes.
  mutating func feed(_ byte: UInt8) -> EditorKey? {
    switch state {
    case .plain: return plain(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .sequence([])
      case UInt8(ascii: "O"): state = .shifted
      case UInt8(ascii: "b"):
        state = .plain
        return .wordLeft
      case UInt8(ascii: "f"):
        state = .plain
        return .wordRight
      // The one before stood for itself.
      case 0x1b: return .escape
      default: state = .plain
      }
      return nil
    case .shifted:
      state = .plain
      return Self.named(byte, [])
    case .sequence(var parameters):
      guard (0x40...0x7e).contains(byte) else {
        if parameters.count < Self.parameterLimit { parameters.append(byte) }
        state = .sequence(parameters)
        return nil
      }
      state = .plain
      return Self.named(byte, parameters)
    case .scalar(let bits, let missing):
      guard byte & 0xc0 == 0x80 else {
        state = .plain
        return plain(byte)
      }
      let bits = bits << 6 | UInt32(byte & 0x3f)
      guard missing == 1 else {
        state = .scalar(bits, missing - 1)
        return nil
      }
      state = .plain
      // Controls of ISO 6429 have no place in a line.
      guard bits >= 0xa0, let scalar = Unicode.Scalar(bits) else { return nil }
      return .text(scalar)
    }
  }

  private mutating func plain(_ byte: UInt8) -> EditorKey? {
    let followsReturn = wasReturn
    wasReturn = byte == 13
    switch byte {
    case 0: return nil
    case 13: return .enter
    case 10: return followsReturn ? nil : .enter
    case 9: return .tab
    case 8, 0x7f: return .backspace
    case 0x1b:
      state = .escape
      return nil
    case 1...26: return .control(Character(Unicode.Scalar(byte | 0x40)))
    case 0x20..<0x7f: return .text(Unicode.Scalar(byte))
    case 0xc2...0xdf: state = .scalar(UInt32(byte & 0x1f), 1)
    case 0xe0...0xef: state = .scalar(UInt32(byte & 0x0f), 2)
    case 0xf0...0xf4: state = .scalar(UInt32(byte & 0x07), 3)
    default: break
    }
    return nil
  }

  private static func named(_ last: UInt8, _ parameters: [UInt8]) -> EditorKey? {
    let numbers = parameters.split(separator: UInt8(ascii: ";")).map { String(decoding: $0, as: UTF8.self) }
    // 5 is Ctrl, 3 is Alt.
    let jumps = numbers.count > 1 && (numbers[1] == "5" || numbers[1] == "3")
    switch last {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return jumps ? .wordRight : .right
    case UInt8(ascii: "D"): return jumps ? .wordLeft : .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "~"):
      switch numbers.first {
      case "1", "7": return .home
      case "4", "8": return .end
      case "3": return .delete
      default: return nil
      }
    default: return nil
    }
  }
}

/// An event of an input device, in the codes of Linux's `input-event-codes.h` (Virtual I/O Device 1.2, 5.8.6).
struct InputEvent: Equatable {
  /// Kinds of events.
  enum Kind: UInt16 {
    case sync, key, relative, absolute
    case lamp = 17
    case `repeat` = 20
  }

  let kind: Kind
  let code: UInt16
  let value: Int32

  init(_ kind: Kind, _ code: UInt16, _ value: Int32) {
    self.kind = kind
    self.code = code
    self.value = value
  }

  /// The end of what has happened at once.
  static let end = InputEvent(.sync, 0, 0)

  /// As it is in a buffer.
  var word: UInt64 { UInt64(kind.rawValue) | UInt64(code) << 16 | UInt64(UInt32(bitPattern: value)) << 32 }

  /// The buttons of a pointer: left, right, middle, fourth, fifth.
  static let buttons: ClosedRange<UInt16> = 0x110...0x114
  static let wheel: UInt16 = 8
}

/// The error and event bits of the card status (Physical Layer Specification 4.10.1), as R1 has them.
struct SDStatus {
  static let outOfRange: UInt32 = 1 << 31
  static let addressError: UInt32 = 1 << 30
  static let blockLengthError: UInt32 = 1 << 29
  static let eraseSequenceError: UInt32 = 1 << 28
  static let eraseParameter: UInt32 = 1 << 27
  static let writeProtected: UInt32 = 1 << 26
  static let commandCRC: UInt32 = 1 << 23
  static let illegalCommand: UInt32 = 1 << 22
  static let eccFailed: UInt32 = 1 << 21
  static let error: UInt32 = 1 << 19
  static let csdOverwrite: UInt32 = 1 << 16
  static let eraseReset: UInt32 = 1 << 13
  static let readyForData: UInt32 = 1 << 8
  static let applicationCommand: UInt32 = 1 << 5

  /// Those that wait in the card until a response has told them.
  static let held: UInt32 =
    outOfRange | addressError | blockLengthError | eraseSequenceError | eraseParameter | writeProtected | illegalCommand
    | eccFailed | error | csdOverwrite | eraseReset
}

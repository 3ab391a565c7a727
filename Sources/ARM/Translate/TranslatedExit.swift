import Engine

extension TranslatedExit {
  /// The block at the program counter is to be interpreted.
  static var handlers: Int32 { -4 }
}

import Engine

extension TranslatedExit {
  /// The program counter holds an address as BX takes it, in the other state.
  static var exchange: Int32 { -3 }
}

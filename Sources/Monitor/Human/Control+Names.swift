/// Names, for people.
extension Control {
  /// The scan code of the key called `name`.
  func keyCode(_ name: String) throws(CommandError) -> UInt16 { try key(name) }

  /// Every name of a key.
  var keyNames: [String] { KeyCode.names }
}

/// What a person at a terminal pressed, as far as a line editor knows it.
enum EditorKey: Equatable {
  case text(Unicode.Scalar)
  /// Ctrl with a letter, in upper case.
  case control(Character)
  case enter
  case tab
  case backspace
  case delete
  case left
  case right
  case wordLeft
  case wordRight
  case up
  case down
  case home
  case end
  case escape
}

/// A board file, or an option against it, that cannot be used: one line, with the place in the file where there
/// is one.
public struct BoardError: Error, CustomStringConvertible, Equatable {
  /// What is wrong, and the nearest good name where there is one.
  public let message: String
  /// As it was named by whoever read it.
  public let file: String?
  /// Counted from 1.
  public let line: Int?
  /// Counted from 1.
  public let column: Int?

  /// An error at `line` and `column` of `file`, as far as these are known.
  public init(_ message: String, file: String? = nil, line: Int? = nil, column: Int? = nil) {
    self.message = message
    self.file = file
    self.line = line
    self.column = column
  }

  public var description: String {
    guard let file else { return message }
    guard let line, let column else { return "\(file): \(message)" }
    return "\(file):\(line):\(column): \(message)"
  }
}

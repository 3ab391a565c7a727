/// Where something stands in a board file.
public struct Place: Sendable, Equatable {
  /// The file, as it was named by whoever read it.
  public let file: String
  /// Counted from 1; 0 for what no file says.
  public let line: Int
  /// Counted from 1.
  public let column: Int

  /// A place in `file`; without a line, the file as a whole.
  public init(file: String, line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  func error(_ message: String) -> BoardError {
    line == 0
      ? BoardError(message, file: file.isEmpty ? nil : file)
      : BoardError(message, file: file, line: line, column: column)
  }
}

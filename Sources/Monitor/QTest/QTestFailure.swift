/// Why a line was not carried out.
struct QTestFailure: Error {
  /// The answer.
  let line: String

  /// The answer `FAIL` with `text`.
  init(_ text: String) { line = "FAIL " + text }

  private init(line: String) { self.line = line }

  /// What QEMU says of nothing to write.
  static let size = QTestFailure(line: "ERR invalid argument size")
}

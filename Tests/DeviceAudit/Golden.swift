import Foundation

/// The text that was agreed: `Schemas/<name>.txt` beside the test at `test`.
public func golden(_ name: String, beside test: String = #filePath) throws -> String {
  let here = URL(filePath: test).deletingLastPathComponent()
  return try String(contentsOf: here.appending(path: "Schemas/\(name).txt"), encoding: .utf8)
}

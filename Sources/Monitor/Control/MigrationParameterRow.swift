import Migration

/// A parameter of migrations, as commands name it.
struct MigrationParameterRow: @unchecked Sendable {
  let name: String
  /// A key path of plain numbers, which any thread may use.
  let path: WritableKeyPath<MigrationParameters, UInt64>
  let range: ClosedRange<UInt64>
  let summary: String

  init(
    _ name: String, _ path: WritableKeyPath<MigrationParameters, UInt64>, _ range: ClosedRange<UInt64>,
    _ summary: String
  ) {
    self.name = name
    self.path = path
    self.range = range
    self.summary = summary
  }
}

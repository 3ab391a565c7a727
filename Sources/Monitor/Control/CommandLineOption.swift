/// An option of the command line, as `query-command-line-options` tells of it.
public struct CommandLineOption: Sendable, Equatable {
  /// The name, without dashes.
  public let name: String
  /// The keys of its argument.
  public let keys: [String]

  /// The option called `name`.
  public init(name: String, keys: [String]) {
    self.name = name
    self.keys = keys
  }
}

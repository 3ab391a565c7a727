import DeviceModel

/// An option or argument that cannot be used: one line.
public struct OptionError: Error, CustomStringConvertible, Equatable {
  /// One line.
  public let description: String
  /// An error that says `description`.
  public init(_ description: String) { self.description = description }

  /// "unknown WHAT "NAME"", with the nearest of `known` when one is near.
  public static func unknown(_ what: String, _ name: String, among known: [String]) -> OptionError {
    var text = "unknown \(what) \"\(name)\""
    if let near = NearestName.of(name, among: known) { text += "; did you mean \"\(near)\"?" }
    return OptionError(text)
  }
}

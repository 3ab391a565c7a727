/// What a descriptor is watched for.
public struct Interest: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Input has arrived.
  public static let read = Interest(rawValue: 1)
  /// There is room for output.
  public static let write = Interest(rawValue: 2)
}

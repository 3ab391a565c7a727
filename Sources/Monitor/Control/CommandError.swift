/// Why a command was not carried out.
public struct CommandError: Error, Equatable, CustomStringConvertible {
  /// QMP's classes of errors.
  public enum Class: String, Sendable, CaseIterable {
    case generic = "GenericError"
    case commandNotFound = "CommandNotFound"
    case deviceNotActive = "DeviceNotActive"
    case deviceNotFound = "DeviceNotFound"
    case missingCapability = "KVMMissingCap"
  }

  /// What programs tell errors apart by.
  public let kind: Class
  /// One line for people.
  public let description: String

  /// An error of `kind` that says `description`.
  public init(_ kind: Class, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// A `GenericError` that says `description`.
  public init(_ description: String) { self.init(.generic, description) }
}

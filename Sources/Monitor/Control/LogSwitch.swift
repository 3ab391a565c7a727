/// Something that can be logged: `-d` and the monitor's `log`.
public struct LogSwitch: Sendable, Equatable {
  /// The name, as `-d` takes it.
  public let name: String
  /// One line.
  public let summary: String
  /// Whether it is being logged.
  public let isOn: Bool

  /// The item called `name`.
  public init(name: String, summary: String, isOn: Bool) {
    self.name = name
    self.summary = summary
    self.isOn = isOn
  }
}

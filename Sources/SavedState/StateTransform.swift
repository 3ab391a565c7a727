/// What changed in the tree's form from version `from` of a model to the next, beyond rows that only came (`since:`).
public struct StateTransform: Sendable {
  /// A name for messages, as `rename-reload`.
  public let name: String
  public let model: String
  public let from: Int
  public let steps: [StateStep]

  public init(_ name: String, model: String, from: Int, _ steps: [StateStep]) {
    self.name = name
    self.model = model
    self.from = from
    self.steps = steps
  }
}

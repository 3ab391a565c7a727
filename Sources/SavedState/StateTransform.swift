/// What changed in the tree's form from version `from` of a model to the next, beyond rows that only came (`since:`).
public struct StateTransform: Sendable {
  /// A name for messages, as `rename-reload`.
  public let name: String
  /// The model whose nodes it changes.
  public let model: String
  /// The version that it reads; it makes the next one.
  public let from: Int
  /// In the order in which they are carried out.
  public let steps: [StateStep]

  /// A transform from version `from` of `model`.
  public init(_ name: String, model: String, from: Int, _ steps: [StateStep]) {
    self.name = name
    self.model = model
    self.from = from
    self.steps = steps
  }
}

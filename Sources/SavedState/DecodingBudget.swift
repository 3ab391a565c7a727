/// What a decoder may spend on bytes that nobody has checked yet.
public struct DecodingBudget: Sendable {
  /// The longest input, in bytes.
  public var bytes: Int
  /// The deepest nesting, counted in the encoding's own brackets.
  public var depth: Int
  /// The most values: numbers, texts, lists and groups together.
  public var values: Int

  /// The default holds any machine's devices many times over.
  public init(bytes: Int = 64 << 20, depth: Int = 48, values: Int = 1 << 20) {
    self.bytes = bytes
    self.depth = depth
    self.values = values
  }
}

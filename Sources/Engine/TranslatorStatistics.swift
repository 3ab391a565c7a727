/// What a translator has done since it was made.
public struct TranslatorStatistics: Sendable, Equatable {
  /// One kind of guest instruction that was executed in the interpreter's way, and how often.
  public struct Fallback: Sendable, Equatable {
    /// What it does, by the engine's name.
    public let operation: String
    /// How often, since the translator was made.
    public let count: UInt64

    /// `count` times `operation`.
    public init(operation: String, count: UInt64) {
      self.operation = operation
      self.count = count
    }
  }

  /// Translations that there are, also of code that was overwritten.
  public let blocks: Int
  /// Bytes of host code.
  public let codeBytes: Int
  /// Bytes that there is room for.
  public let capacity: Int
  /// Instructions that the CPU has executed since there is a translator.
  public let retired: UInt64
  /// Those of them that host code did.
  public let translated: UInt64
  /// How often the run loop entered host code.
  public let entries: UInt64
  /// How many of those ended at a jump whose target was in no cache.
  public let misses: UInt64
  /// Jumps between translations that lead straight on.
  public let links: UInt64
  /// Translations that were given up because their code was written.
  public let abandoned: UInt64
  /// How often all was forgotten.
  public let flushes: UInt64
  /// Instructions that have no host code, or needed more than it does, the most frequent first.
  public let fallbacks: [Fallback]

  /// All of it.
  public init(
    blocks: Int, codeBytes: Int, capacity: Int, retired: UInt64, translated: UInt64, entries: UInt64, misses: UInt64,
    links: UInt64, abandoned: UInt64, flushes: UInt64, fallbacks: [Fallback]
  ) {
    self.blocks = blocks
    self.codeBytes = codeBytes
    self.capacity = capacity
    self.retired = retired
    self.translated = translated
    self.entries = entries
    self.misses = misses
    self.links = links
    self.abandoned = abandoned
    self.flushes = flushes
    self.fallbacks = fallbacks
  }
}

/// A write that brings a register to where it is read: of an index register, or of a command.
public struct RegisterWrite: Sendable, Equatable {
  /// What is written.
  public let value: UInt64
  /// The number of the model's region.
  public let region: Int
  /// From the start of the region, in bytes.
  public let offset: UInt64
  /// Bytes.
  public let width: Int

  /// `value` at `offset` of region number `region`.
  public init(_ value: UInt64, region: Int = 0, at offset: UInt64, width: Int = 1) {
    self.value = value
    self.region = region
    self.offset = offset
    self.width = width
  }
}

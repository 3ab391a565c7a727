/// What a disk is recognised by when somebody comes back to it: as it was, or written since.
public struct DiskIdentity: Equatable, Sendable {
  /// How many of the image's first bytes `sum` is made of, as far as there are as many.
  public static let sumLength: Int64 = 1 << 20

  /// When the image was changed last, in nanoseconds since 1970-01-01 UTC; 0 where the host does not know.
  public var changed: Int64
  /// XXH64 of the image's first bytes.
  public var sum: UInt64
  /// What an overlay holds over the image: a number that no other contents have; 0 for nothing.
  public var position: UInt64
  /// The number of the file in its file system that is written: the same for each process that has it open.
  public var file: UInt64

  /// An image with nothing over it, unless a `position` is given.
  public init(changed: Int64, sum: UInt64, position: UInt64 = 0, file: UInt64) {
    self.changed = changed
    self.sum = sum
    self.position = position
    self.file = file
  }
}

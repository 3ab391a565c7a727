/// One sample of each stereo channel.
public struct AudioFrame: Equatable, Sendable {
  /// Signed, 20 bits: -524288...524287.
  public var left: Int32
  /// As `left`.
  public var right: Int32

  /// A frame of these samples; silence unless given.
  public init(left: Int32 = 0, right: Int32 = 0) {
    self.left = left
    self.right = right
  }
}

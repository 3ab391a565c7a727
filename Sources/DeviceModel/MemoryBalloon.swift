/// A device through which a guest gives memory to the host for a while.
public protocol MemoryBalloon: AnyObject {
  /// Bytes that the guest has given.
  var givenBytes: Int64 { get }
  /// Would like the guest to give that many bytes, or to have all but these back.
  func ask(for bytes: Int64)
  /// What the guest says of its memory, by the names that QEMU gives these; empty as long as it has said nothing.
  var statistics: [(name: String, value: UInt64)] { get }
}

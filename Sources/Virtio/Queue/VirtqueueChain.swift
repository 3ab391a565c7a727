/// The buffers that a driver offers together: what the device may read, then what it may write. All of it is RAM.
public struct VirtqueueChain {
  /// The most descriptors in one, those of an indirect table included.
  static let limit = 1024

  /// The first descriptor's number, or a packed queue's buffer ID: what the driver knows it by.
  public let id: UInt16
  /// How many places of a packed ring it takes.
  let places: UInt16
  /// Where it begins: the first descriptor's number, or its place in a packed ring.
  let start: UInt16
  /// Packed: the driver's wrap counter there.
  let startWrap: Bool
  /// What the device may read.
  public var readable = GuestBuffers()
  /// What the device may write.
  public var writable = GuestBuffers()

  init(id: UInt16, places: UInt16 = 1, start: UInt16, startWrap: Bool = true) {
    self.id = id
    self.places = places
    self.start = start
    self.startWrap = startWrap
  }
}

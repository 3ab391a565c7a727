/// Feature bits that do not belong to one kind of device (Virtual I/O Device 1.2, 6).
public enum VirtioFeatures {
  /// Descriptors may lie in a table of their own (`VIRTIO_F_INDIRECT_DESC`).
  public static let indirect: UInt64 = 1 << 28
  /// Both sides say when they want to be told (`VIRTIO_F_EVENT_IDX`).
  public static let eventIndex: UInt64 = 1 << 29
  /// The driver follows version 1 of the specification (`VIRTIO_F_VERSION_1`).
  public static let version1: UInt64 = 1 << 32
  /// Queues are packed (`VIRTIO_F_RING_PACKED`).
  public static let packed: UInt64 = 1 << 34
}

public import SavedState

/// The state of a device behind a virtio transport: the transport, its queues, and the device's own.
public protocol VirtioState: DeviceState {
  /// The transport's registers.
  var transport: VirtioTransport { get set }
  /// Queue number `index`, below how many the device has.
  subscript(queue index: Int) -> Virtqueue { get set }
}

public import SavedState

/// What a network device remembers.
public struct VirtioNetState: VirtioState {
  public var transport = VirtioTransport()
  var queues = InlineArray<9, Virtqueue>(repeating: Virtqueue())
  /// The address that the board has given it.
  var address = InlineArray<6, UInt8>(repeating: 0)
  /// The one that it has: the driver may have set it.
  var current = HardwareAddress()
  /// Pairs of a queue for each direction.
  var pairs: UInt16 = 1
  /// Those of them that the driver uses.
  var usedPairs: UInt16 = 1
  /// Bytes of the longest packet; 0 says nothing.
  var mtu: UInt16 = 0
  /// The link, as the driver may see it.
  var isLinkUp = true
  /// The driver shall tell the network where it is.
  var announces = false
  var filter = NetFilter()

  public init() {}

  public subscript(queue index: Int) -> Virtqueue {
    get { queues[index] }
    set { queues[index] = newValue }
  }

  public static let table = StateTable<VirtioNetState>("virtio-net-device") {
    nested(\.transport)
    nested(\.queues)
    fixed(\.address)
    nested(\.current)
    fixed(\.pairs)
    saved(\.usedPairs, in: 1...4)
    fixed(\.mtu)
    saved(\.isLinkUp)
    saved(\.announces)
    nested(\.filter)
  }
}

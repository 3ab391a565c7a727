public import DeviceModel
public import SavedState

/// A virtio entropy device (Virtual I/O Device 1.2, 5.4): fills what it is given with random bytes.
///
/// They come from the host where the board has given it a source; where time is made of instructions it has none, and
/// they follow from the device's state, so that a run can be repeated.
public final class VirtioRNG: VirtioDevice {
  public static let model = Model.virtio("virtio-rng-device", "virtio entropy source", backends: ["rng"])
  public static let kind = VirtioKind(id: 4, queueSizes: [8])
  /// The most bytes that one request gets; a driver asks again.
  static let limit = 64 << 10

  public struct State: VirtioState {
    public var transport = VirtioTransport()
    var queues = InlineArray<1, Virtqueue>(repeating: Virtqueue())
    /// The state of the generator that serves where the host does not.
    var generator: UInt64 = 0x6665_7272_795f_726e

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-rng-device") {
      nested(\.transport)
      nested(\.queues)
      saved(\.generator)
    }
  }

  public var state = State()
  public let port: VirtioPort
  private let source: (any EntropySource)?

  public init(_ site: Site) {
    port = VirtioPort(site)
    source = site.backend("rng")
    state.transport = port.transport(Self.model, Self.kind)
  }

  public func service(_ queue: Int) {
    drain(queue) { chain throws(VirtioFault) in
      guard chain.readable.count == 0 else { throw .broken("an entropy request with something to read") }
      let count = min(chain.writable.count, Self.limit)
      return chain.writable.write(port.memory, random(count))
    }
  }

  private func random(_ count: Int) -> [UInt8] {
    guard source == nil else { return source?.bytes(count) ?? [] }
    var random = SplitMix64(seed: state.generator)
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 56) }
    state.generator = random.next()
    return bytes
  }
}

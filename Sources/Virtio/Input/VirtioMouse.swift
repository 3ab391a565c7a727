public import DeviceModel
public import SavedState

/// A virtio mouse with a wheel and five buttons.
public final class VirtioMouse: VirtioInput, PointerInput {
  public static let model = Model.virtio("virtio-mouse-device", "virtio mouse")
  public static let kind = inputKind
  static let traits = InputTraits(
    name: "Ferry virtio mouse", product: 2,
    codes: [
      InputEvent.Kind.key.rawValue: Array(InputEvent.buttons),
      InputEvent.Kind.relative.rawValue: [0, 1, InputEvent.wheel],
    ])

  public struct State: VirtioInputState {
    public var transport = VirtioTransport()
    var queues = InlineArray<2, Virtqueue>(repeating: Virtqueue())
    var input = InputState()

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-mouse-device") {
      nested(\.transport)
      nested(\.queues)
      nested(\.input)
    }
  }

  public var state = State()
  public let port: VirtioPort

  public init(_ site: Site) {
    port = VirtioPort(site)
    state.transport = port.transport(Self.model, Self.kind)
  }

  public var configuration: [UInt8] { inputConfiguration() }
  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) { selected(offset, bytes) }
  public func service(_ queue: Int) { serviceInput(queue) }

  public var isPointer: Bool { isListening }

  public func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8) {
    var events = changes(to: buttons)
    if dx != 0 { events.append(InputEvent(.relative, 0, dx)) }
    if dy != 0 { events.append(InputEvent(.relative, 1, dy)) }
    // Linux counts the wheel away from the user.
    if dz != 0 { events.append(InputEvent(.relative, InputEvent.wheel, 0 &- dz)) }
    send(events)
  }
}

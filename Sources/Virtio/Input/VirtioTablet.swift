public import DeviceModel
public import SavedState

/// A virtio tablet: a pointer that is where the host's is, with a wheel and five buttons.
public final class VirtioTablet: VirtioInput, PointerInput {
  public static let model = Model.virtio("virtio-tablet-device", "virtio tablet, an absolute pointer")
  public static let kind = inputKind
  static let traits = InputTraits(
    name: "Ferry virtio tablet", product: 3,
    codes: [
      InputEvent.Kind.key.rawValue: Array(InputEvent.buttons), InputEvent.Kind.relative.rawValue: [InputEvent.wheel],
      InputEvent.Kind.absolute.rawValue: [0, 1],
    ], axisLimit: UInt32(PointerPlace.limit))

  public struct State: VirtioInputState {
    public var transport = VirtioTransport()
    var queues = InlineArray<2, Virtqueue>(repeating: Virtqueue())
    var input = InputState()

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-tablet-device") {
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
  public var isAbsolute: Bool { true }

  public func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8) { point(nil, dz: dz, buttons: buttons) }

  public func point(_ place: PointerPlace?, dz: Int32, buttons: UInt8) {
    var events: [InputEvent] = []
    if let place {
      events = [InputEvent(.absolute, 0, Int32(place.x)), InputEvent(.absolute, 1, Int32(place.y))]
    }
    events += changes(to: buttons)
    if dz != 0 { events.append(InputEvent(.relative, InputEvent.wheel, 0 &- dz)) }
    send(events)
  }
}

public import DeviceModel
public import SavedState

/// A virtio keyboard.
public final class VirtioKeyboard: VirtioInput, KeyboardInput {
  public static let model = Model.virtio("virtio-keyboard-device", "virtio keyboard")
  public static let kind = inputKind
  static let traits = InputTraits(
    name: "Ferry virtio keyboard", product: 1,
    codes: [
      InputEvent.Kind.key.rawValue: Array(1...88) + prefixed.values.sorted(), InputEvent.Kind.lamp.rawValue: [0, 1, 2],
      InputEvent.Kind.repeat.rawValue: [0, 1],
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

    public static let table = StateTable<State>("virtio-keyboard-device") {
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

  public var isKeyboard: Bool { isListening }

  public func key(_ key: UInt16, down: Bool) {
    guard let code = Self.code(key) else { return }
    send([InputEvent(.key, code, down ? 1 : 0)])
  }

  /// Linux's code of a key: of those without a prefix it is that of scan-code set 1.
  static func code(_ key: UInt16) -> UInt16? { (1...88).contains(key) ? key : prefixed[key] }

  /// Those of the others.
  private static let prefixed: [UInt16: UInt16] = [
    0xe01c: 96, 0xe01d: 97, 0xe035: 98, 0xe037: 99, 0xe038: 100, 0xe047: 102, 0xe048: 103, 0xe049: 104, 0xe04b: 105,
    0xe04d: 106, 0xe04f: 107, 0xe050: 108, 0xe051: 109, 0xe052: 110, 0xe053: 111, 0xe020: 113, 0xe02e: 114, 0xe030: 115,
    0xe05e: 116, 0xe11d: 119, 0xe05b: 125, 0xe05c: 126, 0xe05d: 127, 0xe05f: 142, 0xe063: 143,
  ]
}

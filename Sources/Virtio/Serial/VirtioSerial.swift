import Bits
public import DeviceModel
public import SavedState

/// A virtio console device with several ports (Virtual I/O Device 1.2, 5.3): consoles, and lines that guest programs find
/// by their names.
public final class VirtioSerial: VirtioDevice {
  /// How many ports one has at most.
  public static let portLimit = 8

  public static let model = Model.virtio(
    "virtio-serial-device", "virtio consoles and serial ports; -device virtconsole and virtserialport are its ports",
    parameters: (0..<portLimit).flatMap { number in
      [
        ParameterModel(
          "kind\(number)", .choice(["none", "console", "port"]), default: "none", "what port \(number) is"),
        ParameterModel("name\(number)", .text, default: "", "what the guest finds port \(number) by"),
      ]
    }, backends: (0..<portLimit).map { "chardev\($0)" })
  public static let kind = VirtioKind(
    id: 3, queueSizes: Array(repeating: 128, count: 2 + 2 * portLimit), features: multiport | emergencyWrite)
  /// `VIRTIO_CONSOLE_F_MULTIPORT` and `VIRTIO_CONSOLE_F_EMERG_WRITE`.
  private static let multiport: UInt64 = 1 << 1
  private static let emergencyWrite: UInt64 = 1 << 2
  /// Bytes that are moved before the guest has its turn again.
  private static let budget = 64 << 10
  private static let controlReceive = 2
  private static let controlTransmit = 3

  public struct State: VirtioState {
    public var transport = VirtioTransport()
    var queues = InlineArray<18, Virtqueue>(repeating: Virtqueue())
    var ports = InlineArray<8, SerialPort>(repeating: SerialPort())
    /// Messages that wait for buffers.
    var messages = FixedQueue<64, SerialControl>(filler: SerialControl())
    /// The ports that there are, by bit.
    var present: UInt8 = 0

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-serial-device") {
      nested(\.transport)
      nested(\.queues)
      nested(\.ports)
      list(\.messages)
      fixed(\.present, doc: "ports, by bit")
    }
  }

  public var state = State()
  public let port: VirtioPort
  private let ends: [SerialEnd]

  public init(_ site: Site) {
    port = VirtioPort(site)
    ends = (0..<Self.portLimit).map { number in
      SerialEnd(
        name: site.text("name\(number)", Self.model),
        isConsole: site.text("kind\(number)", Self.model) == "console", end: site.backend("chardev\(number)"))
    }
    state.transport = port.transport(Self.model, Self.kind)
    for number in 0..<Self.portLimit where site.text("kind\(number)", Self.model) != "none" {
      state.present |= 1 << UInt8(number)
    }
    for (number, end) in ends.enumerated() {
      end.end?.onInput = { [weak self] in self?.look(at: Self.receiveQueue(number)) }
    }
  }

  public func afterReset(_ state: State) -> State {
    var next = State()
    next.present = state.present
    return next
  }

  public var configuration: [UInt8] {
    // Columns and rows that nobody has agreed on, ports, and where a byte can be written in an emergency.
    [0, 0, 0, 0, UInt8(Self.portLimit), 0, 0, 0, 0, 0, 0, 0]
  }

  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) {
    guard offset == 8 else {
      return port.site.guestError("the configuration space cannot be written at \(Site.hex(offset))")
    }
    ends[0].end?.write(bytes[0])
  }

  // MARK: Queues

  /// The first port has the first two queues; the others are behind the two for messages.
  static func receiveQueue(_ number: Int) -> Int { number == 0 ? 0 : 2 + 2 * number }

  private static func portOf(_ queue: Int) -> Int { queue < 2 ? 0 : queue / 2 - 1 }

  public func service(_ queue: Int) {
    switch queue {
    case Self.controlReceive: sendMessages()
    case Self.controlTransmit:
      drain(queue) { chain throws(VirtioFault) in
        guard state.messages.count < 32 else {
          // Answers have to be taken before more is asked.
          return nil
        }
        take(chain.readable.bytes(port.memory, count: 8))
        return 0
      }
      sendMessages()
    default:
      if queue & 1 == 0 { receive(queue) } else { transmit(queue) }
    }
  }

  /// What the guest sends goes to the host, or nowhere.
  private func transmit(_ queue: Int) {
    let end = ends[Self.portOf(queue)].end
    var left = Self.budget
    drain(queue) { chain throws(VirtioFault) in
      guard left > 0 else {
        postpone(queue)
        return nil
      }
      // One chain is read in portions: nothing says how long it is.
      var done = 0
      while done < min(chain.readable.count, 1 << 20) {
        let bytes = chain.readable.bytes(port.memory, at: done, count: 4096)
        for byte in bytes { end?.write(byte) }
        done += bytes.count
      }
      left -= done + 64
      return 0
    }
  }

  /// What has come in at the host goes to the guest, where somebody listens.
  private func receive(_ queue: Int) {
    let number = Self.portOf(queue)
    guard let end = ends[number].end, end.hasInput else { return }
    guard !has(Self.multiport) || ends[number].isConsole || state.ports[number].isOpen else { return }
    drain(queue) { chain throws(VirtioFault) in
      guard end.hasInput else { return nil }
      guard chain.writable.count > 0 else { throw .broken("a buffer for input without room") }
      var bytes: [UInt8] = []
      while bytes.count < min(chain.writable.count, 4096), let byte = end.read() { bytes.append(byte) }
      return chain.writable.write(port.memory, bytes)
    }
  }

  // MARK: Messages

  private func take(_ bytes: [UInt8]) {
    guard bytes.count == 8, let event = SerialControl.Event(rawValue: UInt16(bytes[4]) | UInt16(bytes[5]) << 8) else {
      return port.site.guestError("a message of no kind")
    }
    let number = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16 | Int(bytes[3]) << 24
    let isOn = bytes[6] | bytes[7] != 0
    if event == .deviceReady {
      for index in 0..<Self.portLimit where isOn && state.present & 1 << UInt8(index) != 0 {
        tell(index, .portAdd, 1)
      }
      return
    }
    guard number < Self.portLimit, state.present & 1 << UInt8(number) != 0 else {
      return port.site.guestError("there is no port \(number)")
    }
    switch event {
    case .portReady:
      state.ports[number].isReady = isOn
      guard isOn else { return }
      if ends[number].isConsole { tell(number, .consolePort, 1) }
      if !ends[number].name.isEmpty { tell(number, .portName, 1) }
      if ends[number].end != nil { tell(number, .portOpen, 1) }
    case .portOpen:
      state.ports[number].isOpen = isOn
      look(at: Self.receiveQueue(number))
    default: port.site.guestError("a message that only devices send")
    }
  }

  private func tell(_ number: Int, _ event: SerialControl.Event, _ value: UInt16) {
    var message = SerialControl()
    (message.port, message.event, message.value) = (UInt32(number), event, value)
    state.messages.append(message)
  }

  private func sendMessages() {
    guard isUsable(Self.controlReceive), !state.messages.isEmpty else { return }
    drain(Self.controlReceive) { chain throws(VirtioFault) in
      guard let message = state.messages.popFirst() else { return nil }
      let name = message.event == .portName ? Array(ends[Int(message.port) % ends.count].name.utf8) : []
      return chain.writable.write(port.memory, message.bytes + name)
    }
    // There is room for answers again.
    if state.messages.isEmpty, isUsable(Self.controlTransmit) { drainControl() }
  }

  private func drainControl() {
    drain(Self.controlTransmit) { chain throws(VirtioFault) in
      guard state.messages.count < 32 else { return nil }
      take(chain.readable.bytes(port.memory, count: 8))
      return 0
    }
  }
}

public import GuestMemory

/// Where a device is put: all that the board gives it of the host and of its neighbours.
public final class Site: HostSide {
  /// The device's name on the board; its path in a snapshot is `/machine/<name>`.
  public let name: String
  /// The machine's clock.
  public let clock: VirtualClock
  /// What the device's DMA sees.
  public let memory: AddressSpace
  /// The guest's wall-clock time at power on, in nanoseconds since 1970-01-01 UTC; wall time now is this plus
  /// `clock.now`.
  public var epoch: Int64 = 946_684_800_000_000_000
  /// Values of the model's parameters, checked against its declarations by the board; those not there take
  /// the model's default.
  public var parameters: [String: String] = [:]
  /// Host resources by the names in the model's `backends`.
  public var backends: [String: any HostSide] = [:]
  /// The device's own memory, by the names of the model's regions that are such; a twin has none.
  public var blocks: [String: RAMBlock] = [:]
  /// Takes requests for resets and the machine's end; nil in tests that need none.
  public weak var control: (any MachineControl)?
  /// Told of mistakes of the guest, while a log wants to know of them.
  public var onGuestError: ((String) -> Void)?
  /// Told of what the guest wants and the model has not, while a log wants to know of it.
  public var onUnimplemented: ((String) -> Void)?
  private var lines: [String: Line] = [:]

  /// A place called `name` without parameters and back ends.
  public init(name: String, clock: VirtualClock, memory: AddressSpace) {
    self.name = name
    self.clock = clock
    self.memory = memory
  }

  /// The guest does what the manual forbids, or what makes no sense; `message` says what, and is made only where
  /// somebody hears it.
  @inlinable
  public func guestError(_ message: @autoclosure () -> String) { if let onGuestError { onGuestError(message()) } }

  /// The guest wants something of the device that the model has not.
  @inlinable
  public func unimplemented(_ message: @autoclosure () -> String) {
    if let onUnimplemented { onUnimplemented(message()) }
  }

  /// A value as it stands in messages: hexadecimal with 0x.
  public static func hex(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }

  /// The output line of that name; the same object each time, so that the board can connect it.
  public func line(_ name: String) -> Line {
    if let line = lines[name] { return line }
    let line = Line("\(self.name).\(name)")
    lines[name] = line
    return line
  }

  /// The back end of that name when it is there and is a `T`.
  public func backend<T>(_ name: String, as _: T.Type = T.self) -> T? { backends[name] as? T }

  /// A parameter's value, or the default that `model` declares.
  public func text(_ name: String, _ model: Model) -> String {
    guard let declared = model.parameters.first(where: { $0.name == name }) else {
      preconditionFailure("\(model.name) declares no parameter \(name)")
    }
    return parameters[name] ?? declared.defaultValue
  }

  /// An integer parameter; decimal, or hexadecimal with 0x.
  public func integer(_ name: String, _ model: Model) -> Int64 {
    let text = text(name, model)
    let value = text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)
    guard let value else { preconditionFailure("\(model.name): \(name)=\(text) was not checked by the board") }
    return value
  }

  /// A parameter of kind `ethernetAddress`.
  public func ethernetAddress(_ name: String, _ model: Model) -> EthernetAddress {
    let text = text(name, model)
    guard let value = EthernetAddress(text) else {
      preconditionFailure("\(model.name): \(name)=\(text) was not checked by the board")
    }
    return value
  }

  /// A parameter of kind `flag`.
  public func flag(_ name: String, _ model: Model) -> Bool { ["on", "true", "yes"].contains(text(name, model)) }
}

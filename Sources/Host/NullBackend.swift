public import DeviceModel

/// Nothing at the other end.
public final class NullBackend: CharacterBackend {
  public var onInput: (() -> Void)?
  public var onBreak: (() -> Void)?
  public var hasInput: Bool { false }

  public init() {}

  public func write(_ byte: UInt8) {}
  public func read() -> UInt8? { nil }
}

public import DeviceModel

/// The host's end of a serial line, in memory.
public final class WireEnd: CharacterBackend {
  public var sent: [UInt8] = []
  public var waiting: [UInt8] = []
  public var onInput: (() -> Void)?
  public var onBreak: (() -> Void)?

  public init() {}

  public func write(_ byte: UInt8) { sent.append(byte) }
  public var hasInput: Bool { !waiting.isEmpty }
  public func read() -> UInt8? { waiting.isEmpty ? nil : waiting.removeFirst() }

  public func type(_ bytes: [UInt8]) {
    waiting += bytes
    onInput?()
  }
}

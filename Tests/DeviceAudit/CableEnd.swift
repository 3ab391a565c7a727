public import DeviceModel

/// The far end of a network cable, in memory.
public final class CableEnd: NetworkBackend {
  public private(set) var sent: [[UInt8]] = []
  public private(set) var waiting: [[UInt8]] = []
  public var isLinkUp = true {
    didSet { if isLinkUp != oldValue { onLink?() } }
  }
  public var onFrame: (([UInt8]) -> Bool)?
  public var onLink: (() -> Void)?
  public let waits: Bool

  /// An end whose frames wait for room, or are lost without.
  public init(waits: Bool = false) { self.waits = waits }

  public func send(_ frame: [UInt8]) { sent.append(frame) }

  public func resume() {
    while let frame = waiting.first, onFrame?(frame) == true { waiting.removeFirst() }
  }

  /// A frame for the device.
  public func give(_ frame: [UInt8]) {
    if !waiting.isEmpty || onFrame?(frame) != true, waits { waiting.append(frame) }
  }
}

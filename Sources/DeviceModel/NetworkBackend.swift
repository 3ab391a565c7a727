/// The far end of a network cable: frames out, frames in, and whether anything is there.
///
/// A frame is an Ethernet frame from its destination address to the end of its payload, without preamble and frame
/// check sequence; those coming in are up to 1518 bytes and may be shorter than the 60 that Ethernet wants.
public protocol NetworkBackend: AnyObject, HostSide {
  /// Sends a frame. Never blocks: an end that cannot take it drops it, as a cable does. No frame comes in before it
  /// returns.
  func send(_ frame: [UInt8])
  /// Whether the far end is there.
  var isLinkUp: Bool { get }
  /// Called on the machine's thread with a frame for the device, which sets it. False when the device has no room
  /// for it just now: an end that can wait offers it again after `resume()`, any other drops it.
  var onFrame: (([UInt8]) -> Bool)? { get set }
  /// Called on the machine's thread when `isLinkUp` has changed. The device sets it.
  var onLink: (() -> Void)? { get set }
  /// The device has room again. It may be called at any time, also when nothing waits.
  func resume()
  /// Whether a frame that was not taken is kept and offered again; if not, the device counts it as lost.
  var waits: Bool { get }
  /// Whether the checksums in what comes in are known to be right, so that a guest need not look at them.
  var hasRightChecksums: Bool { get }
  /// Set by a device that takes several TCP segments as one frame.
  var segments: SegmentTaker? { get set }
}

extension NetworkBackend {
  /// An end that does not look into frames.
  public var hasRightChecksums: Bool { false }
  public var segments: SegmentTaker? {
    get { nil }
    set {}
  }
}

/// The host's end of a serial line: bytes out, bytes in, no timing.
public protocol CharacterBackend: AnyObject, HostSide {
  /// Sends a byte to the host's side. Never blocks: an end that nobody reads drops what does not fit.
  func write(_ byte: UInt8)
  /// Whether `read()` would give a byte.
  var hasInput: Bool { get }
  /// The next byte from the host's side.
  func read() -> UInt8?
  /// Puts bytes back before all that `read()` would give: they were taken for a device that did not get them, here or
  /// in another process.
  func putBack(_ bytes: [UInt8])
  /// Called on the machine's thread when input has arrived. The device sets it.
  var onInput: (() -> Void)? { get set }
  /// Called on the machine's thread when the other side asks for a break. The device sets it.
  var onBreak: (() -> Void)? { get set }
}

extension CharacterBackend {
  /// Where nothing comes from, nothing was taken.
  public func putBack(_ bytes: [UInt8]) {}
}

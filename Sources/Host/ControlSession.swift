/// One conversation: what a protocol makes of the bytes of one peer. Its owner is the channel.
public protocol ControlSession: AnyObject {
  /// Handles what stands first in `channel.input` (one command, one packet, one line), takes it out and answers with
  /// `channel.send`.
  ///
  /// - Returns: whether there was something; false when it takes more bytes.
  func step(_ channel: ControlChannel) -> Bool
  /// The peer is gone, or the channel was closed; nothing can be sent any more.
  func ended()
}

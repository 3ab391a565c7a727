import Host

/// A GDB at the other end of a channel, or somebody who is turned away because there is one.
final class GDBPeer: ControlSession, GDBLink {
  private let server: GDBServer
  private weak var channel: ControlChannel?

  /// Connects whoever is at `channel`, unless another client is there.
  init(_ server: GDBServer, _ channel: ControlChannel) {
    self.server = server
    self.channel = channel
    if !server.connect(self) { channel.close() }
  }

  func step(_ channel: ControlChannel) -> Bool {
    while let byte = channel.input.popFirst() {
      if server.receive(byte) { return true }
    }
    return false
  }

  func ended() {
    if server.isClient(self) { server.disconnected() }
  }

  func send(_ bytes: [UInt8]) { channel?.send(bytes) }

  func close() { channel?.closeWhenSent() }
}

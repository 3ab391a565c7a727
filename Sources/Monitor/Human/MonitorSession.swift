import Host

/// The human monitor of one peer of a socket, a pty or standard input.
final class MonitorSession: ControlSession {
  private let terminal: MonitorTerminal

  init(_ terminal: MonitorTerminal) { self.terminal = terminal }

  func begin() { terminal.begin() }

  func step(_ channel: ControlChannel) -> Bool {
    let arrived = channel.input.withBytes { ($0.count, $0.last) }
    return terminal.step(arrived: arrived) { channel.input.popFirst() }
  }

  func ended() {}
}

import Host

/// The human monitor at the terminal that it shares with the serial port.
final class MonitorSide: TerminalSide, Worker {
  /// Bytes that are taken ahead of the commands that they are part of.
  private static let room = 4096
  var isScheduled = false
  private var input = ByteQueue()
  private let terminal: MonitorTerminal
  private let poller: Poller

  init(_ terminal: MonitorTerminal, poller: Poller) {
    self.terminal = terminal
    self.poller = poller
    terminal.onHold = { [unowned self] isHeld in if !isHeld { poller.schedule(self) } }
  }

  var hasRoom: Bool { input.count < Self.room }

  func received(_ bytes: [UInt8]) {
    input.append(contentsOf: bytes)
    poller.schedule(self)
  }

  func gained() { terminal.begin() }

  func step() -> Bool {
    terminal.step(arrived: (input.count, nil)) { input.popFirst() }
    return !input.isEmpty && !terminal.isHeld
  }
}

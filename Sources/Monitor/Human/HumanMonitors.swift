import Boards
import Engine
public import Host

/// The human monitors of a run: one for each person, or program, that has connected.
public final class HumanMonitors {
  private struct Entry {
    weak var terminal: MonitorTerminal?
  }

  private let control: Control
  private var terminals: [Entry] = []

  /// Monitors through which `control` is used; QMP's `human-monitor-command` goes through one of them too.
  public init(_ control: Control) {
    self.control = control
    control.humanMonitor = { [unowned control] line, cpu throws(CommandError) in
      try HumanMonitor(control, cpu: cpu).execute(line)
    }
    control.machine.observe { [weak self] event in
      if case .debug(let cpu, _) = event { self?.stopped(cpu) }
    }
  }

  /// A monitor for whoever is at the other end of `send`.
  public func open(_ kind: MonitorTerminal.Kind, send: @escaping ([UInt8]) -> Void) -> MonitorTerminal {
    let terminal = MonitorTerminal(HumanMonitor(control), kind, send: send)
    terminals.removeAll { $0.terminal == nil }
    terminals.append(Entry(terminal: terminal))
    return terminal
  }

  /// A monitor for the peer of `channel`.
  public func open(_ kind: MonitorTerminal.Kind, _ channel: ControlChannel) -> any ControlSession {
    let terminal = open(kind) { [weak channel] in channel?.send($0) }
    terminal.onHold = { [weak channel] in channel?.isHeld = $0 }
    let session = MonitorSession(terminal)
    session.begin()
    return session
  }

  /// A monitor that shares the terminal of `stdio` with what that serves.
  public func share(_ stdio: StdioBackend, poller: Poller) -> any TerminalSide {
    let terminal = open(.terminal) { [weak stdio] bytes in
      for byte in bytes { stdio?.write(byte) }
    }
    return MonitorSide(terminal, poller: poller)
  }

  /// A CPU has done its steps, or stopped for a debugger: who has asked for steps is told where it is.
  private func stopped(_ cpu: Int) {
    for entry in terminals { entry.terminal?.stopped(cpu) }
  }
}

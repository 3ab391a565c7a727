public import Boards
public import Host

/// What is logged and where to, while the machine runs.
public final class LogControl {
  private let log: MachineLog
  private let file: LogFile

  /// A log of `machine` into `file`, of nothing yet.
  public init(_ machine: Machine, _ file: LogFile) {
    self.file = file
    log = MachineLog(machine) { file.logger($0.rawValue) }
    machine.observe { event in
      switch event {
      case .stopped, .debug: file.flush()
      case .ended: file.finish()
      case .resumed, .reset, .powerDown, .memoryLost: break
      }
    }
  }

  /// What is logged, as `set` takes it.
  public var items: String { log.selection.description }

  /// What can be logged, and what is, of any device.
  public var switches: [LogSwitch] {
    LogItem.allCases.map {
      LogSwitch(name: $0.rawValue, summary: $0.summary, isOn: log.selection.contains($0))
    }
  }

  /// Logs `text` and nothing else from now on: `ITEM[:DEVICE],…`, `all`, or `none`, as `LogSelection.help` explains.
  ///
  /// - Throws: `OptionError` when there is no such item or device; all stays as it was.
  public func set(_ text: String) throws(OptionError) { try select(try LogSelection(text)) }

  /// The same of a selection that was made before there was a machine.
  public func select(_ selection: LogSelection) throws(OptionError) {
    let names = log.names
    for device in selection.devices.sorted() where !names.contains(device) {
      throw OptionError.unknown("device to log", device, among: names)
    }
    log.select(selection)
  }

  /// From now on the log goes to `text`: `PATH[,format=json]`; empty: to standard error.
  ///
  /// - Throws: `HostError` or `OptionError`; the log goes on where it was.
  public func setFile(_ text: String) throws { try file.open(text) }
}

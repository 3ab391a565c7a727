import Boards
import Engine

/// Why the guest stopped, as GDB is told ("Stop Reply Packets").
struct GDBStop {
  /// What stopped it, where that is more than a signal.
  enum Reason: Equatable {
    case software, hardware
    case watch(Watchpoint.Kind, UInt64)
  }

  /// GDB's numbers of signals.
  enum Signal: UInt8 {
    case interrupt = 2
    case quit = 3
    case trap = 5
    case abort = 6
    case bus = 10
    case io = 23
  }

  var signal = Signal.trap
  /// The CPU that GDB shall look at.
  var cpu = 0
  var reason: Reason?

  /// How a machine that stopped in `state` without GDB's doing looks to GDB; nil where it will go on by itself.
  static func signal(of state: RunState) -> Signal? {
    switch state {
    case .paused, .prelaunch, .postMigrate: .interrupt
    case .shutdown: .quit
    case .ioError: .io
    case .internalError: .abort
    // A breakpoint or a step says more itself.
    case .debug: nil
    case .running, .inMigrate, .finishMigrate, .saveVM, .restoreVM: nil
    }
  }

  /// The packet; what a client has not asked for is left out.
  func packet(software: Bool, hardware: Bool) -> String {
    var text = "T" + (signal.rawValue < 16 ? "0" : "") + String(signal.rawValue, radix: 16)
    text += "thread:\(GDBText.hex(UInt64(cpu + 1)));core:\(GDBText.hex(UInt64(cpu)));"
    switch reason {
    case .software: if software { text += "swbreak:;" }
    case .hardware: if hardware { text += "hwbreak:;" }
    case .watch(.write, let address): text += "watch:\(GDBText.hex(address));"
    case .watch(.read, let address): text += "rwatch:\(GDBText.hex(address));"
    case .watch(.access, let address): text += "awatch:\(GDBText.hex(address));"
    case nil: break
    }
    return text
  }
}

import Boards
import SavedState

/// Running and stopping.
extension QMPCommand {
  static let running: [QMPCommand] = [
    QMPCommand(
      "query-status", "whether the guest runs, and if not why",
      returns: .object(
        QMPObject(
          "StatusInfo",
          [
            QMPMember("running", .boolean), QMPMember("singlestep", .boolean), QMPMember("status", runState),
          ]))
    ) { control, _ in
      .object([
        "running": .bool(control.machine.isRunning), "singlestep": .bool(false),
        "status": .string(control.machine.runState.rawValue),
      ])
    },
    .action("stop", "stops the guest") { control, _ in control.stop() },
    .action("cont", "lets the guest run on") { control, _ throws(CommandError) in try control.cont() },
    .action("system_reset", "presses the reset button") { control, _ in control.systemReset() },
    .action("system_powerdown", "presses the power button") { control, _ throws(CommandError) in
      try control.systemPowerdown()
    },
    .action("inject-nmi", "raises the NMI of every CPU") { control, _ throws(CommandError) in
      try control.injectNMI()
    },
    .action("quit", "ends the machine and the program") { control, _ in control.quit() },
  ]

  static let runState = QMPType.enumeration("RunState", RunState.allCases.map(\.rawValue))
}

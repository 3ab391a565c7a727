import Boards
import Engine
import Glibc
import SavedState

/// What the machine is.
extension QMPCommand {
  static let machine: [QMPCommand] = [
    QMPCommand(
      "query-cpus-fast", "the CPUs",
      returns: .list(
        "CpuInfoFast",
        [
          QMPMember("cpu-index", .integer), QMPMember("qom-path", .string), QMPMember("thread-id", .integer),
          QMPMember("target", target),
        ])
    ) { control, _ in
      let names = control.machine.devices.filter { $0.device is any Processor }.map(\.name)
      return .array(
        zip(control.machine.cpus, names).map { cpu, name in
          .object([
            "cpu-index": .integer(Int128(cpu.index)), "qom-path": .string("/machine/\(name)"),
            "thread-id": .integer(Int128(getpid())), "target": .string(architecture(control.machine)),
          ])
        })
    },
    QMPCommand(
      "query-target", "the architecture",
      returns: .object(QMPObject("TargetInfo", [QMPMember("arch", target)]))
    ) { control, _ in .object(["arch": .string(architecture(control.machine))]) },
    QMPCommand(
      "query-machines", "the boards",
      returns: .list(
        "MachineInfo",
        [
          QMPMember("name", .string), QMPMember("alias", .string, optional: true),
          QMPMember("is-default", .boolean, optional: true), QMPMember("cpu-max", .integer),
          QMPMember("hotpluggable-cpus", .boolean), QMPMember("numa-mem-supported", .boolean),
          QMPMember("deprecated", .boolean), QMPMember("default-cpu-type", .string, optional: true),
          QMPMember("acpi", .boolean),
        ])
    ) { control, _ in
      var seen = Set<String>()
      return .array(
        control.host.boards.map { board in
          var members = [JSONMember("name", .string(board.fullName))]
          let isNewest = seen.insert(board.name).inserted
          if isNewest { members.append(JSONMember("alias", .string(board.name))) }
          if isNewest, board.name == control.machine.board.name {
            members.append(JSONMember("is-default", .bool(true)))
          }
          members += [
            JSONMember("cpu-max", .integer(Int128(board.maximumCPUs))),
            JSONMember("hotpluggable-cpus", .bool(false)), JSONMember("numa-mem-supported", .bool(false)),
            JSONMember("deprecated", .bool(false)),
          ]
          if let cpu = board.cpuModel { members.append(JSONMember("default-cpu-type", .string(cpu))) }
          members.append(JSONMember("acpi", .bool(board.devices.contains { $0.model.hasPrefix("acpi") })))
          return .object(members)
        })
    },
    QMPCommand(
      "query-current-machine", "what the machine can do",
      returns: .object(QMPObject("CurrentMachineParams", [QMPMember("wakeup-suspend-support", .boolean)]))
    ) { _, _ in .object(["wakeup-suspend-support": .bool(false)]) },
    QMPCommand(
      "query-cpu-definitions", "the CPU models of the board",
      returns: .list(
        "CpuDefinitionInfo",
        [
          QMPMember("name", .string), QMPMember("typename", .string), QMPMember("static", .boolean),
          QMPMember("migration-safe", .boolean), QMPMember("deprecated", .boolean),
          QMPMember("unavailable-features", .array(.string)),
        ])
    ) { control, _ in
      let board = control.machine.board
      return .array(
        board.cpuModels.map { name in
          .object([
            "name": .string(name), "typename": .string(board.processor?.model.name ?? name), "static": .bool(true),
            "migration-safe": .bool(true), "deprecated": .bool(false), "unavailable-features": .array([]),
          ])
        })
    },
    QMPCommand(
      "query-memory-size-summary", "bytes of RAM",
      returns: .object(
        QMPObject("MemoryInfo", [QMPMember("base-memory", .integer), QMPMember("plugged-memory", .integer)]))
    ) { control, _ in
      .object(["base-memory": .integer(Int128(control.machine.ram.size)), "plugged-memory": .integer(0)])
    },
    QMPCommand(
      "query-kvm", "whether the host's CPU executes the guest: it does not",
      returns: .object(QMPObject("KvmInfo", [QMPMember("enabled", .boolean), QMPMember("present", .boolean)]))
    ) { _, _ in .object(["enabled": .bool(false), "present": .bool(false)]) },
  ]

  private static let target = QMPType.enumeration("SysEmuTarget", ["arm", "i386"])

  private static func architecture(_ machine: Machine) -> String {
    machine.board.processor?.model.name == "arm-cpu" ? "arm" : "i386"
  }
}

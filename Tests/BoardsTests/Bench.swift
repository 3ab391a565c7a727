import DeviceModel
import GuestMemory
import MachineSample
import PCDevices
import SavedState
import X86

@testable import Boards

/// Real-mode code at 0000:7C00, interrupts off.
struct RealModeBoot: BootSource {
  let code: [UInt8]

  func place(in machine: Machine) {
    machine.memory.store(code, at: 0x7c00)
    var state = machine.x86[0].state
    state.segments[1].selector = 0
    state.segments[1].base = 0
    state.rip = 0x7c00
    state.gpr[4] = 0x7000
    machine.x86[0].state = state
    machine.x86[0].settle()
  }
}

/// A board with what these tests need: CPU, interrupt controllers, timer, system ports.
enum Bench {
  static let text = """
    board: bench
    version: 1
    cpu: {maximum: 8}
    memory: {default: 16M, maximum: 64M, holes: {video-window: {at: 0xa0000, size: 128K}}}
    devices:
      cpu: {model: x86-cpu, per-cpu: true}
      lapic: {model: lapic, per-cpu: true}
      ioapic0: {model: ioapic, at: {registers: 0xfec00000}}
      pic: {model: i8259, wires: {intr: lapic0.lint0}}
      pit: {model: i8254, wires: {irq0: [pic.irq0, ioapic0.pin2], out2: ports.out2}}
      ports: {model: pc-ports, wires: {gate2: pit.gate2, a20: board.a20}}
      keyboard: {model: i8042, wires: {irq1: pic.irq1, a20: board.a20}}
      rtc: {model: mc146818, wires: {irq: pic.irq8}}
      serial0: {model: uart16550, at: {registers: 0x3f8}, wires: {irq: pic.irq4}, backends: {chardev: serial0}}
      pm: {model: acpi-pm, wires: {sci: pic.irq9}}
      ged: {model: acpi-ged, wires: {irq: pic.irq10}}
      fw_cfg: {model: fw_cfg}
      vga: {model: vga-text}
    """

  static func machine(
    _ code: [UInt8] = [0xf4], host: QuietHost = QuietHost(), _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 1_000_000_000, paced: false)
    setup.noReboot = true
    setup.devices = [
      DeviceRequest(model: "isa-debug-exit", properties: ["iobase": "0xf4", "iosize": "4"])
    ]
    equip(&setup)
    let board = try BoardReader(text, file: "bench.yaml").versions()[0]
    let machine = try MachineBuilder(board: board, setup: setup, host: host).build()
    machine.boot = RealModeBoot(code: code)
    try machine.powerOn()
    return machine
  }
}

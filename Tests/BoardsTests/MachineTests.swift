import DeviceModel
import GuestMemory
import MachineSample
import PCDevices
import SavedState
import Testing

@testable import Boards

struct MachineTests {
  /// mov al, 0x10; out 0xf4, al
  static let exit: [UInt8] = [0xb0, 0x10, 0xe6, 0xf4]

  /// Counts 8 ticks of the 8254 at about 1 kHz through the 8259, then exits with the count.
  static let ticks: [UInt8] = [
    // ICW1-4 of the master: vectors from 0x20; only IRQ 0 open.
    0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21, 0xb0, 0xfe, 0xe6,
    0x21,
    // Channel 0, mode 2, count 0x04a9.
    0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xa9, 0xe6, 0x40, 0xb0, 0x04, 0xe6, 0x40,
    // mov word [0x80], 0x7c40; mov word [0x82], 0; xor bx, bx; sti
    0xc7, 0x06, 0x80, 0x00, 0x40, 0x7c, 0xc7, 0x06, 0x82, 0x00, 0x00, 0x00, 0x31, 0xdb, 0xfb,
    // loop: hlt; cmp bl, 8; jb loop; mov al, bl; out 0xf4, al
    0xf4, 0x80, 0xfb, 0x08, 0x72, 0xfa, 0x88, 0xd8, 0xe6, 0xf4, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
    // 0x7c40: inc bx; mov al, 0x20; out 0x20, al; iret
    0x43, 0xb0, 0x20, 0xe6, 0x20, 0xcf,
  ]

  @Test func `a debug exit ends the machine with its status`() throws {
    #expect(try Bench.machine(Self.exit).run() == .exit(33))
  }

  @Test func `timer interrupts wake a halted CPU, and idle time is skipped`() throws {
    let machine = try Bench.machine(Self.ticks)
    #expect(machine.run() == .exit(17))
    // The counter's output rises at the end of each period of 1193 ticks of 1.193182 MHz; that it is high after the
    // mode was set is an edge, too.
    #expect((6_998_000...7_010_000).contains(machine.clock.now))
  }

  @Test func `two runs by instruction count end in the same state`() throws {
    let first = try Bench.machine(Self.ticks)
    let second = try Bench.machine(Self.ticks)
    #expect(first.run() == second.run())
    #expect(first.save() == second.save())
  }

  @Test func `with the host's clock a halted CPU sleeps until its timer is due`() throws {
    let host = QuietHost()
    let machine = try Bench.machine(Self.ticks, host: host) { $0.clock = .host }
    #expect(machine.run() == .exit(17))
    #expect((6_990_000...7_200_000).contains(machine.clock.now))
  }

  @Test func `a triple fault is a crash where resets end the machine, else a reset`() throws {
    let crash = Self.tripleFault(limit: 1)
    #expect(try Bench.machine(crash).run() == .crash("CPU 0: triple fault"))
    let machine = try Bench.machine(crash) { $0.noReboot = false }
    var resets: [String] = []
    machine.observe {
      guard case .reset(let reason, byGuest: true) = $0 else { return }
      resets.append(reason)
      if resets.count == 3 { machine.quit() }
    }
    #expect(machine.run() == .quit)
    #expect(resets == Array(repeating: "CPU 0: triple fault", count: 3))
  }

  /// lidt [0x7c06]; int3; with a table of `limit`, too short for any vector.
  private static func tripleFault(limit: UInt8) -> [UInt8] {
    [0x0f, 0x01, 0x1e, 0x06, 0x7c, 0xcc, limit, 0, 0, 0, 0, 0]
  }

  @Test func `a triple fault without an interrupt table is a wish for a reset`() throws {
    let end = try Bench.machine(Self.tripleFault(limit: 0)).run()
    #expect(end == .reset("CPU 0: triple fault without an interrupt table"))
  }

  @Test func `a reset keeps RAM but puts code and devices back`() throws {
    // inc word [0x500]; cmp word [0x500], 3; je done; mov al, 1; out 0x92, al; done: out 0xf4
    let code: [UInt8] = [
      0xff, 0x06, 0x00, 0x05, 0x83, 0x3e, 0x00, 0x05, 0x03, 0x74, 0x05, 0xb0, 0x01, 0xe6, 0x92, 0xf4,
    ]
    let machine = try Bench.machine(code + Self.exit) { $0.noReboot = false }
    machine.memory.write(0, 0x500, width: 2)
    #expect(machine.run() == .exit(33))
    #expect(machine.memory.read(0x500, width: 2) == 3)
  }

  @Test func `a reset ends the machine where it shall`() throws {
    #expect(try Bench.machine([0xb0, 0x01, 0xe6, 0x92, 0xf4]).run() == .reset("port 0x92"))
  }

  @Test func `machines of one process do not know each other`() throws {
    let first = try Bench.machine(Self.ticks)
    let second = try Bench.machine(Self.exit)
    _ = first.run(instructions: 20)
    #expect(second.run() == .exit(33))
    #expect(first.run() == .exit(17))
  }

  @Test func `a halted machine with nothing to wait for waits for its host`() throws {
    let host = QuietHost()
    let machine = try Bench.machine([0xfa, 0xf4], host: host) { setup in setup.devices = [] }
    var polls = 0
    host.onPoll = { _ in
      polls += 1
      if polls == 3 { machine.quit() }
    }
    #expect(machine.run() == .quit)
  }

  @Test func `while paused the guest's time stands still`() throws {
    let host = QuietHost()
    let machine = try Bench.machine([0xeb, 0xfe], host: host) { $0.clock = .host }
    machine.pause()
    var seen: [Int64] = []
    host.onPoll = { _ in
      seen.append(machine.clock.now)
      if seen.count == 3 { machine.quit() }
    }
    #expect(machine.run() == .quit)
    #expect(Set(seen).count == 1)
  }

  @Test func `A20 is let through while one of its gates is open`() throws {
    let machine = try Bench.machine()
    #expect(machine.x86[0].state.a20)
    machine.ports.write(0xdd, 0x64, width: 1)
    #expect(!machine.x86[0].state.a20)
    machine.ports.write(2, 0x92, width: 1)
    #expect(machine.x86[0].state.a20)
  }

  @Test func `what was asked for and does not fit is one line`() throws {
    func refusal(_ equip: (inout MachineSetup) -> Void) -> String {
      do {
        _ = try Bench.machine(Self.exit, equip)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { $0.cpus = 9 } == "bench takes 1 to 8 CPUs, not 9")
    #expect(refusal { $0.memory = 1 << 40 } == "bench takes 1M to 64M of RAM, not 1T")
    #expect(refusal { $0.cpuModel = "pentum3" }.hasPrefix("unknown CPU model \"pentum3\"; did you mean \"pentium3\"?"))
    #expect(
      refusal { $0.devices = [DeviceRequest(model: "isa-debug-exi")] }
        == "unknown device model \"isa-debug-exi\"; did you mean \"isa-debug-exit\"?")
    #expect(
      refusal { $0.devices = [DeviceRequest(model: "isa-debug-exit", properties: ["iobas": "1"])] }
        == "unknown parameter of isa-debug-exit \"iobas\"; did you mean \"iobase\"?")
    #expect(
      refusal { $0.devices = [DeviceRequest(model: "isa-debug-exit", properties: ["iobase": "0x20"])] }
        .contains("overlaps pic.master"))
    #expect(
      refusal { $0.devices = [DeviceRequest(model: "isa-debugcon", properties: ["chardev": "no"])] }
        == "isa-debugcon: there is no chardev called \"no\"")
  }
}

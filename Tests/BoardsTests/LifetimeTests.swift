import DeviceModel
import Foundation
import GuestMemory
import MachineSample
import Testing

@testable import Boards

/// What a machine has taken from the host.
struct LifetimeTests {
  private struct Traces {
    weak var machine: Machine?
    weak var clock: VirtualClock?
    weak var memory: AddressSpace?
    weak var ram: RAMBlock?
    var cpus: [Weak] = []
    var devices: [(String, Weak)] = []

    struct Weak { weak var object: AnyObject? }

    init(_ machine: Machine) {
      self.machine = machine
      clock = machine.clock
      memory = machine.memory
      ram = machine.ram
      cpus = machine.cpus.map { Weak(object: $0 as AnyObject) }
      devices = machine.devices.map { ($0.name, Weak(object: $0.device as AnyObject)) }
    }

    var left: [String] {
      var left = devices.filter { $0.1.object != nil }.map(\.0)
      for (number, cpu) in cpus.enumerated() where cpu.object != nil { left.append("CPU \(number)") }
      if machine != nil { left.append("machine") }
      if clock != nil { left.append("clock") }
      if memory != nil { left.append("memory") }
      if ram != nil { left.append("ram") }
      return left
    }
  }

  @Test(arguments: SampleMachines.boards)
  func `a machine that nobody holds gives everything back`(board: String) throws {
    var traces: Traces?
    do {
      let machine = try SampleMachines.running(board)
      _ = machine.save()
      traces = Traces(machine)
    }
    let left = try #require(traces).left
    #expect(left == [], "\(left)")
  }
}

import DeviceAudit
import Engine
import GuestMemory
import SavedState
import Testing

@testable import ARM

/// The state of the CPU, as it is saved.
@Suite struct `the state of an ARM CPU` {
  private func fresh() -> ARMCPU {
    ARMCPU(model: CPUModel.all[0], index: 0, memory: AddressSpace(name: "memory"), code: CodeCache())
  }

  @Test func `its table describes it whole`() {
    #expect(auditState(ARMState.self) == [])
    let cpu = fresh()
    let start = cpu.state
    #expect(auditSettle(cpu) == [])
    #expect(auditReset(cpu, to: start, kept: ["retired", "irq", "fiq"]) == [])
  }

  @Test func `its schema is the one on record`() throws {
    #expect(ARMState.table.schema == (try golden("arm-cpu")))
  }

  @Test func `a loaded mode decides which registers are seen`() throws {
    let cpu = fresh()
    var state = cpu.state
    state.banks[0].sp = 0x1000
    state.r[13] = 0x2000
    cpu.state = state
    cpu.settle()
    cpu.view.setCPSR(UInt32(Mode.system.rawValue))
    #expect(cpu.state.r[13] == 0x1000)
    #expect(cpu.state.banks[3].sp == 0x2000)
  }
}

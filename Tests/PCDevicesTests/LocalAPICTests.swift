import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import PCDevices

@Suite struct `Local APIC` {
  @Test func `reads its reset values`() {
    let apic = APICRig(2, enabled: false).locals[1]
    #expect(apic.get(0x20) == 0x0100_0000)
    #expect(apic.get(0x30) == 0x0105_0014)
    #expect(apic.get(0xe0) == 0xffff_ffff)
    #expect(apic.get(0xf0) == 0xff)
    for entry in stride(from: UInt64(0x320), through: 0x370, by: 0x10) { #expect(apic.get(entry) == 0x10000) }
    #expect(apic.readMSR(0x1b) == 0xfee0_0800)
    #expect(APICRig().locals[0].readMSR(0x1b) == 0xfee0_0900)
  }

  @Test func `the highest vector is served first`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    for vector: UInt64 in [0x31, 0x90, 0x55] { apic.command(0x40000 | vector) }
    #expect(rig.cpus[0].request)
    #expect(apic.acknowledge() == 0x90)
    #expect(!rig.cpus[0].request)
    apic.set(0xb0, 0)
    #expect(apic.acknowledge() == 0x55)
    apic.set(0xb0, 0)
    #expect(apic.acknowledge() == 0x31)
    apic.set(0xb0, 0)
    #expect(apic.acknowledge() == nil)
  }

  @Test func `a higher class interrupts a lower one, the same class waits`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.command(0x40041)
    #expect(apic.acknowledge() == 0x41)
    #expect(apic.get(0xa0) == 0x40)
    apic.command(0x4004f)
    #expect(!rig.cpus[0].request)
    apic.command(0x40050)
    #expect(rig.cpus[0].request)
    #expect(apic.acknowledge() == 0x50)
    #expect(apic.get(0x120) == 1 << 16 | 1 << 1)
    // Ends 0x50, then 0x41: only then comes 0x4f.
    apic.set(0xb0, 0)
    #expect(!rig.cpus[0].request)
    apic.set(0xb0, 0)
    #expect(apic.acknowledge() == 0x4f)
  }

  @Test func `the task priority holds back its class and those below`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.set(0x80, 0x57)
    #expect(apic.get(0xa0) == 0x57)
    #expect(apic.taskPriorityClass == 5)
    apic.command(0x4005f)
    #expect(!rig.cpus[0].request)
    apic.taskPriorityClass = 4
    #expect(rig.cpus[0].request)
    #expect(apic.get(0x80) == 0x40)
  }

  @Test func `shorthands reach self, all, and all others`() {
    let rig = APICRig(3)
    func waiting() -> [Bool] {
      let waiting = rig.cpus.map(\.request)
      for apic in rig.locals where apic.acknowledge() != nil { apic.set(0xb0, 0) }
      return waiting
    }
    rig.locals[1].command(0x40060)
    #expect(waiting() == [false, true, false])
    rig.locals[1].command(0x80060)
    #expect(waiting() == [true, true, true])
    rig.locals[1].command(0xc0060)
    #expect(waiting() == [true, false, true])
    rig.locals[1].command(0x00060, to: 2)
    #expect(waiting() == [false, false, true])
    rig.locals[1].command(0x00060, to: 0xff)
    #expect(waiting() == [true, true, true])
  }

  @Test func `flat logical destinations are sets of eight`() {
    let rig = APICRig(3)
    for (index, apic) in rig.locals.enumerated() { apic.set(0xd0, 0x0100_0000 << UInt64(index)) }
    rig.locals[0].command(0x860, to: 0b101)
    #expect(rig.cpus.map(\.request) == [true, false, true])
  }

  @Test func `cluster logical destinations name a cluster and a set of four`() {
    let rig = APICRig(3)
    for (apic, id) in zip(rig.locals, [0x11, 0x12, 0x21] as [UInt64]) {
      apic.set(0xe0, 0)
      apic.set(0xd0, id << 24)
    }
    rig.locals[0].command(0x860, to: 0x13)
    #expect(rig.cpus.map(\.request) == [true, true, false])
    rig.locals[0].command(0x861, to: 0xf1)
    #expect(rig.locals[2].acknowledge() == 0x61)
    #expect(rig.locals[1].acknowledge() == 0x60)
  }

  @Test func `lowest priority goes to the CPU with the least to do, and to the focus before it`() {
    let rig = APICRig(3)
    rig.locals[0].set(0x80, 0x40)
    rig.locals[1].set(0x80, 0x20)
    rig.locals[2].set(0x80, 0x30)
    rig.locals[0].command(0x170, to: 0xff)
    #expect(rig.cpus.map(\.request) == [false, true, false])
    #expect(rig.locals[1].acknowledge() == 0x70)
    // It serves 0x70 now and is busier than CPU 2, but has the vector.
    rig.locals[0].command(0x170, to: 0xff)
    #expect(rig.locals.map { $0.get(0x230) } == [0, 1 << 16, 0])
    // Without focus checking CPU 2 wins.
    rig.locals[1].set(0xf0, 0x3ff)
    rig.locals[0].command(0x170, to: 0xff)
    #expect(rig.cpus[2].request)
  }

  @Test func `INIT, start-up, NMI and SMI reach an APIC that software switched off`() {
    let rig = APICRig(2, enabled: false)
    rig.locals[0].command(0x4500, to: 1)
    rig.locals[0].command(0x8500, to: 1)
    rig.locals[0].command(0x4609, to: 1)
    rig.locals[0].command(0x4400, to: 1)
    rig.locals[0].command(0x4200, to: 1)
    rig.locals[0].command(0x0050, to: 1)
    let cpu = rig.cpus[1]
    #expect(cpu.inits == 1)
    #expect(cpu.startUps == [9])
    #expect(cpu.nmis == 1)
    #expect(cpu.smis == 1)
    #expect(!cpu.request)
  }

  @Test func `INIT resets everything but the ID`() {
    let rig = APICRig(2)
    let apic = rig.locals[1]
    apic.set(0x20, 0x0700_0000)
    apic.set(0x80, 0x33)
    apic.set(0x380, 1000)
    rig.locals[0].command(0xc4500)
    #expect(apic.get(0x20) == 0x0700_0000)
    #expect(apic.get(0x80) == 0)
    #expect(apic.get(0xf0) == 0xff)
    #expect(apic.get(0x390) == 0)
  }

  @Test func `vectors below 16 are errors, read by writing first`() {
    let rig = APICRig(2)
    rig.locals[0].set(0x370, 0xfe)
    rig.locals[0].command(0x4000f)
    #expect(rig.locals[0].get(0x280) == 0)
    rig.locals[0].set(0x280, 0)
    #expect(rig.locals[0].get(0x280) == 0x20)
    #expect(rig.locals[0].acknowledge() == 0xfe)
    rig.locals[0].set(0x280, 0)
    #expect(rig.locals[0].get(0x280) == 0)
    #expect(rig.locals[0].get(0x3f0) == 0)
    rig.locals[0].set(0x280, 0)
    #expect(rig.locals[0].get(0x280) == 0x80)
    rig.bus.deliver(APICMessage(destination: 1, vector: 3))
    rig.locals[1].set(0x280, 0)
    #expect(rig.locals[1].get(0x280) == 0x40)
  }

  @Test func `switching off by the spurious register masks the vector table and takes nothing`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.set(0x350, 0x45)
    apic.set(0xf0, 0xff)
    #expect(apic.get(0x350) == 0x10045)
    apic.set(0x350, 0x45)
    #expect(apic.get(0x350) == 0x10045)
    apic.command(0x40050)
    #expect(!rig.cpus[0].request)
  }

  @Test func `LINT0 as ExtINT passes the 8259's vector on`() {
    let rig = APICRig(enabled: false, parameters: ["virtual-wire": "on"])
    let apic = rig.locals[0]
    apic.input(0, true)
    #expect(rig.cpus[0].request)
    #expect(apic.acknowledge() == 0x30)
    apic.input(0, false)
    #expect(!rig.cpus[0].request)
    #expect(apic.get(0x110) == 0)
    apic.set(0x350, 0x10700)
    apic.input(0, true)
    #expect(!rig.cpus[0].request)
  }

  @Test func `an APIC that is off leaves LINT0 as INTR and LINT1 as NMI`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    #expect(apic.writeMSR(0x1b, 0xfee0_0100))
    #expect(rig.cpus[0].base == nil)
    #expect(apic.get(0x30) == 0xffff_ffff_ffff_ffff)
    apic.input(0, true)
    #expect(rig.cpus[0].request)
    #expect(apic.acknowledge() == 0x30)
    apic.input(1, true)
    #expect(rig.cpus[0].nmis == 1)
  }

  @Test func `a level on LINT1 is asked for again until it goes away`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.set(0x360, 0x8066)
    apic.input(1, true)
    #expect(apic.get(0x360) == 0xc066)
    #expect(apic.acknowledge() == 0x66)
    #expect(!rig.cpus[0].request)
    apic.set(0xb0, 0)
    #expect(apic.acknowledge() == 0x66)
    apic.input(1, false)
    apic.set(0xb0, 0)
    #expect(apic.get(0x360) == 0x8066)
    #expect(!rig.cpus[0].request)
  }

  // MARK: Timer

  @Test func `a one-shot timer counts down through its divider and fires once`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.set(0x3e0, 0b0011)
    apic.set(0x320, 0x40)
    apic.set(0x380, 100)
    rig.advance(16 * 40)
    #expect(apic.get(0x390) == 60)
    rig.advance(16 * 60 - 1)
    #expect(!rig.cpus[0].request)
    rig.advance(1)
    #expect(apic.acknowledge() == 0x40)
    #expect(apic.get(0x390) == 0)
    rig.advance(1_000_000)
    apic.set(0xb0, 0)
    #expect(!rig.cpus[0].request)
  }

  @Test(arguments: zip([0b1011, 0, 1, 2, 3, 8, 9, 10] as [UInt64], [1, 2, 4, 8, 16, 32, 64, 128] as [Int64]))
  func `every divider divides`(code: UInt64, divisor: Int64) {
    let rig = APICRig()
    rig.locals[0].set(0x3e0, code)
    rig.locals[0].set(0x380, 1_000_000)
    rig.advance(1000 * divisor)
    #expect(rig.locals[0].get(0x390) == 999_000)
  }

  @Test func `a periodic timer keeps its phase and skips what was not served`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.set(0x3e0, 0b1011)
    apic.set(0x320, 0x2_0040)
    apic.set(0x380, 50_000)
    var fired = 0
    for _ in 0..<100 {
      rig.advance(10_000)
      if apic.acknowledge() == 0x40 {
        fired += 1
        apic.set(0xb0, 0)
      }
    }
    #expect(fired == 20)
    rig.advance(10_010_000)
    #expect(apic.acknowledge() == 0x40)
    apic.set(0xb0, 0)
    #expect(!rig.cpus[0].request)
    #expect(apic.get(0x390) == 40_000)
    rig.advance(40_000)
    #expect(rig.cpus[0].request)
  }

  @Test func `a periodic timer of one tick does not stop the machine`() {
    let rig = APICRig()
    rig.locals[0].set(0x3e0, 0b1011)
    rig.locals[0].set(0x320, 0x2_0040)
    rig.locals[0].set(0x380, 1)
    rig.advance(5_000_000_000)
    #expect(rig.cpus[0].request)
    #expect((rig.clock.nextDeadline ?? 0) > rig.now)
  }

  @Test func `changing the divider keeps the count`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    apic.set(0x3e0, 0b1011)
    apic.set(0x380, 1000)
    rig.advance(400)
    apic.set(0x3e0, 0)
    #expect(apic.get(0x390) == 600)
    rig.advance(400)
    #expect(apic.get(0x390) == 400)
  }

  @Test func `the TSC deadline fires once when the counter reaches it`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    #expect(apic.writeMSR(0x6e0, 500))
    #expect(apic.readMSR(0x6e0) == 0)
    apic.set(0x320, 0x4_0041)
    apic.set(0x380, 10)
    #expect(apic.get(0x390) == 0)
    #expect(apic.writeMSR(0x6e0, 500))
    #expect(apic.readMSR(0x6e0) == 500)
    rig.advance(499)
    #expect(!rig.cpus[0].request)
    rig.advance(1)
    #expect(apic.acknowledge() == 0x41)
    #expect(apic.readMSR(0x6e0) == 0)
    #expect(apic.writeMSR(0x6e0, 600))
    #expect(apic.writeMSR(0x6e0, 0))
    rig.advance(1000)
    apic.set(0xb0, 0)
    #expect(!rig.cpus[0].request)
  }

  @Test func `a TSC deadline follows a counter that jumps`() {
    let rig = APICRig()
    var offset: UInt64 = 0
    rig.cpus[0].counter = { UInt64(rig.now) &+ offset }
    rig.locals[0].set(0x320, 0x4_0041)
    #expect(rig.locals[0].writeMSR(0x6e0, 1_000_000))
    offset = 900_000
    rig.locals[0].timeStampCounterWritten()
    rig.advance(100_000)
    #expect(rig.cpus[0].request)
  }

  // MARK: x2APIC

  @Test func `x2APIC mode is entered and left only as the figure allows`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    #expect(!apic.writeMSR(0x1b, 0xfee0_0500))
    #expect(apic.readMSR(0x802) == nil)
    #expect(apic.writeMSR(0x1b, 0xfee0_0d00))
    #expect(apic.get(0x20) == .max)
    #expect(apic.readMSR(0x802) == 0)
    #expect(!apic.writeMSR(0x1b, 0xfee0_0900))
    #expect(apic.writeMSR(0x1b, 0xfee0_0100))
    #expect(!apic.writeMSR(0x1b, 0xfee0_0d00))
    #expect(apic.writeMSR(0x1b, 0xfee0_0900))
    #expect(!apic.writeMSR(0x1b, 0xfee0_0901))
    #expect(!APICRig(parameters: [:]).locals[0].writeMSR(0x1b, 0xfee0_0d00))
  }

  @Test func `x2APIC sends with 64 bits, to itself, and to a cluster`() {
    let rig = APICRig(3)
    for apic in rig.locals { #expect(apic.writeMSR(0x1b, apic.readMSR(0x1b)! | 0x400)) }
    #expect(rig.locals[2].readMSR(0x80d) == 4)
    #expect(rig.locals[0].writeMSR(0x830, 0x2_0000_0055))
    #expect(rig.locals[2].acknowledge() == 0x55)
    #expect(rig.locals[0].writeMSR(0x830, 0x6_0000_0856))
    #expect(rig.cpus[1].request && !rig.cpus[0].request)
    #expect(rig.locals[0].writeMSR(0x83f, 0x77))
    #expect(rig.locals[0].acknowledge() == 0x77)
    #expect(rig.locals[0].writeMSR(0x80b, 0))
  }

  @Test func `x2APIC faults on reserved registers and bits`() {
    let rig = APICRig()
    let apic = rig.locals[0]
    #expect(apic.writeMSR(0x1b, 0xfee0_0d00))
    for index: UInt32 in [0x800, 0x80e, 0x831, 0x8ff] { #expect(apic.readMSR(index) == nil) }
    for index: UInt32 in [0x802, 0x803, 0x80a, 0x80d, 0x80e, 0x810, 0x831, 0x839] {
      #expect(!apic.writeMSR(index, 0))
    }
    #expect(!apic.writeMSR(0x80b, 1))
    #expect(!apic.writeMSR(0x808, 0x100))
    #expect(!apic.writeMSR(0x83f, 0x100))
    #expect(!apic.writeMSR(0x832, 1 << 20))
    #expect(apic.writeMSR(0x828, 0))
  }

  // MARK: Moves

  static func prepare(_ site: Site) {
    site.parameters = ["x2apic": "on", "tsc-deadline": "on", "bsp": "on", "virtual-wire": "on"]
  }

  @Test(arguments: 1...8) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: LocalAPIC.self, seed: seed, prepare: Self.prepare) == [])
  }

  @Test func `hostile loads are refused`() throws {
    let table = LocalAPIC.State.table
    var state = LocalAPIC.State()
    for change: (inout LocalAPIC.State) -> Void in [
      { $0.base = 0xfee0_0400 }, { $0.base = 0xfee0_0801 }, { $0.destinationModel = 16 }, { $0.spurious = 0x400 },
      { $0.errors = 1 }, { $0.divide = 4 }, { $0.deadline = -2 }, { $0.pins = 4 }, { $0.countedAt = -1 },
      {
        $0.countedAt = 10
        $0.deadline = 5
      },
    ] {
      state = LocalAPIC.State()
      change(&state)
      let tree = table.save(state)
      #expect(throws: LoadError.self) { try table.load(tree, over: LocalAPIC.State()) }
    }
  }
}

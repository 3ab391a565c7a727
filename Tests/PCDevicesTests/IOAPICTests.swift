import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import PCDevices

@Suite struct `I/O APIC` {
  @Test func `reads ID, version and masked entries after a reset`() {
    let rig = APICRig()
    rig.ioapic.busWrite(1, 0, width: 4, region: 0)
    #expect(rig.ioapic.busRead(0x10, width: 4, region: 0) == 0x0017_0020)
    rig.ioapic.busWrite(0, 0, width: 4, region: 0)
    rig.ioapic.busWrite(0xff00_0000, 0x10, width: 4, region: 0)
    #expect(rig.ioapic.busRead(0x10, width: 4, region: 0) == 0x0f00_0000)
    for pin in 0..<24 { #expect(rig.entry(pin) == 0x10000) }
  }

  @Test func `an edge is sent once`() {
    let rig = APICRig(2)
    rig.route(4, 0x0100_0000_0000_0034)
    rig.ioapic.input(4, true)
    #expect(rig.locals[1].acknowledge() == 0x34)
    rig.locals[1].set(0xb0, 0)
    rig.ioapic.input(4, true)
    #expect(!rig.cpus[1].request)
    rig.ioapic.input(4, false)
    rig.ioapic.input(4, true)
    #expect(rig.cpus[1].request)
  }

  @Test func `an edge on a masked pin is lost, a level is not`() {
    let rig = APICRig()
    rig.route(4, 0x10034)
    rig.route(5, 0x18035)
    rig.ioapic.input(4, true)
    rig.ioapic.input(5, true)
    rig.route(4, 0x34)
    #expect(!rig.cpus[0].request)
    rig.route(5, 0x8035)
    #expect(rig.locals[0].acknowledge() == 0x35)
  }

  @Test func `a level is in service until its end, and asks again while it lasts`() {
    let rig = APICRig()
    rig.route(10, 0x8051)
    rig.ioapic.input(10, true)
    #expect(rig.entry(10) == 0xc051)
    #expect(rig.locals[0].acknowledge() == 0x51)
    rig.ioapic.input(10, false)
    rig.ioapic.input(10, true)
    #expect(!rig.cpus[0].request)
    rig.locals[0].set(0xb0, 0)
    #expect(rig.entry(10) == 0xc051)
    #expect(rig.locals[0].acknowledge() == 0x51)
    rig.ioapic.input(10, false)
    rig.locals[0].set(0xb0, 0)
    #expect(rig.entry(10) == 0x8051)
    #expect(!rig.cpus[0].request)
  }

  @Test func `the end of an edge with the same vector does not touch a level`() {
    let rig = APICRig()
    rig.route(10, 0x8051)
    rig.ioapic.input(10, true)
    #expect(rig.locals[0].acknowledge() == 0x51)
    rig.locals[0].command(0x40061)
    #expect(rig.locals[0].acknowledge() == 0x61)
    rig.locals[0].set(0xb0, 0)
    #expect(rig.entry(10) == 0xc051)
  }

  @Test func `a CPU that does not broadcast ends a level through the EOI register`() {
    let rig = APICRig()
    rig.locals[0].set(0xf0, 0x11ff)
    rig.route(10, 0x8051)
    rig.ioapic.input(10, true)
    #expect(rig.locals[0].acknowledge() == 0x51)
    rig.ioapic.input(10, false)
    rig.locals[0].set(0xb0, 0)
    #expect(rig.entry(10) == 0xc051)
    rig.ioapic.busWrite(0x51, 0x40, width: 4, region: 0)
    #expect(rig.entry(10) == 0x8051)
  }

  @Test func `going through edge mode clears a stuck remote IRR`() {
    let rig = APICRig()
    rig.route(10, 0x8051)
    rig.ioapic.input(10, true)
    rig.route(10, 0x10051)
    #expect(rig.entry(10) == 0x10051)
    rig.route(10, 0x18051)
    #expect(rig.entry(10) == 0x18051)
  }

  @Test func `remote IRR and delivery status are not written`() {
    let rig = APICRig()
    rig.route(23, 0xffff_feff)
    #expect(rig.entry(23) == 0x1_aeff)
    rig.route(10, 0x8051)
    rig.ioapic.input(10, true)
    rig.route(10, 0x18051)
    #expect(rig.entry(10) == 0x1c051)
  }

  @Test func `an active-low pin asks while it is low`() {
    let rig = APICRig()
    rig.ioapic.input(7, true)
    rig.route(7, 0xa057)
    #expect(!rig.cpus[0].request)
    rig.ioapic.input(7, false)
    #expect(rig.locals[0].acknowledge() == 0x57)
    rig.ioapic.input(7, true)
    rig.locals[0].set(0xb0, 0)
    #expect(!rig.cpus[0].request)
  }

  @Test func `every delivery mode arrives as itself`() {
    let rig = APICRig(2)
    for (pin, mode) in [2, 4, 5, 7].enumerated() {
      rig.route(pin, 0x0100_0000_0000_0000 | UInt64(mode) << 8)
      rig.ioapic.input(pin, true)
    }
    let cpu = rig.cpus[1]
    #expect(cpu.smis == 1 && cpu.nmis == 1 && cpu.inits == 1)
    #expect(rig.locals[1].acknowledge() == 0x30)
    #expect(!cpu.request)
  }

  @Test func `lowest priority and logical destinations are arbitrated`() {
    let rig = APICRig(3)
    for (index, apic) in rig.locals.enumerated() {
      apic.set(0xd0, 0x0100_0000 << UInt64(index))
      apic.set(0x80, UInt64(0x30 - index * 0x10))
    }
    rig.route(3, 0x0300_0000_0000_0943)
    rig.ioapic.input(3, true)
    #expect(rig.cpus.map(\.request) == [false, true, false])
  }

  @Test func `a level that nobody takes stays pending and is taken later`() {
    let rig = APICRig(enabled: false)
    rig.route(10, 0x8051)
    rig.ioapic.input(10, true)
    #expect(rig.entry(10) == 0x9051)
    rig.locals[0].set(0xf0, 0x1ff)
    rig.route(10, 0x8051)
    #expect(rig.locals[0].acknowledge() == 0x51)
    #expect(rig.entry(10) == 0xc051)
  }

  @Test(arguments: 1...8) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: IOAPIC.self, seed: seed) == [])
  }

  @Test(arguments: [1, 2, 3]) func `interrupts survive a move of the whole system`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let resident = APICRig(2)
    var moved = APICRig(2)
    for step in 0..<3000 {
      if random.next() % 20 == 0 {
        let next = APICRig(2)
        next.now = moved.now
        for (old, new) in zip(moved.locals, next.locals) {
          new.state = try LocalAPIC.State.table.load(LocalAPIC.State.table.save(old.state), over: new.state)
        }
        let table = IOAPIC.State.table
        next.ioapic.state = try table.load(table.save(moved.ioapic.state), over: next.ioapic.state)
        for local in next.locals { local.settle() }
        next.ioapic.settle()
        moved = next
      }
      let action = random.next() % 6
      let pin = Int(random.next() % 24)
      let value = random.next()
      let who = Int(random.next() % 2)
      var answers: [UInt8?] = []
      for rig in [resident, moved] {
        switch action {
        case 0: rig.route(pin, value & 0xff00_0000_0001_fbff)
        case 1: rig.ioapic.input(pin, value & 1 == 0)
        case 2: rig.locals[who].command(value & 0xc_cfff, to: value >> 60)
        case 3: rig.locals[who].set(0xb0, 0)
        case 4: rig.locals[who].set(0x80, value & 0xff)
        default: answers.append(rig.locals[who].acknowledge())
        }
      }
      #expect(Set(answers).count <= 1, "step \(step)")
      #expect(resident.cpus.map(\.request) == moved.cpus.map(\.request), "step \(step)")
    }
  }
}

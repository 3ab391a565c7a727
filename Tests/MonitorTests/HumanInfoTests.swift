import Boards
import Foundation
import Testing

@testable import Monitor

/// What `info` says of both boards.
struct HumanInfoTests {
  @Test(arguments: HumanRig.Board.allCases, HumanCommand.subjects.map(\.name))
  func `every subject is answered in whole lines`(board: HumanRig.Board, subject: String) throws {
    let text = try HumanRig(board)("info \(subject)")
    #expect(text.hasSuffix("\n") || subject == "history")
    #expect(!text.contains("unknown"))
  }

  @Test func `name, UUID, disks and back ends are the program's`() throws {
    let rig = try HumanRig(.integratorcp)
    #expect(rig("info name") == "(no name)\n")
    #expect(rig("info uuid") == "00000000-0000-0000-0000-000000000000\n")
    #expect(rig("info block") == "mmc: [not inserted]\n")
    #expect(rig("info chardev") == "There are no character back ends\n")
    rig.name = "test"
    rig.uuid = "12345678-0000-0000-0000-000000000001"
    rig.drives = [DriveStatus(id: "sd0", path: "/tmp/card", size: 1 << 20, isReadOnly: true)]
    rig.characterDevices = [CharacterDeviceStatus(id: "serial0", description: "stdio", isOpen: true)]
    #expect(rig("info name") == "test\n")
    #expect(rig("info uuid") == "12345678-0000-0000-0000-000000000001\n")
    #expect(rig("info block") == "sd0: /tmp/card (raw, read-only), 1048576 bytes, used by mmc\n")
    #expect(rig("info chardev") == "serial0: stdio\n")
    #expect(try HumanRig(.microvm)("info block") == "There are no disks\n")
  }

  @Test func `the memory tree has every region, and its flat form what answers`() throws {
    let pc = try HumanRig(.microvm)
    let tree = pc("info mtree")
    #expect(tree.contains("address-space: memory\n"))
    #expect(tree.contains("  0000000000000000-0000000000ffffff (prio 0, ram ram+0x0): ram-low\n"))
    #expect(tree.contains("  00000000fec00000-00000000fec00fff (prio 2, i/o): ioapic0.registers\n"))
    #expect(tree.contains("address-space: io\n"))
    #expect(tree.contains("  00000000000003f8-00000000000003ff (prio 2, i/o): serial0.registers\n"))
    let flat = pc("info mtree -f")
    #expect(flat.contains("  0000000000000000-000000000009ffff (prio 0, ram ram+0x0): ram-low\n"))
    #expect(flat.contains("  00000000000c0000-0000000000ffffff (prio 0, ram ram+0xc0000): ram-low\n"))
    let arm = try HumanRig(.integratorcp)
    #expect(arm("info mtree").contains("  0000000024000000-0000000024ffffff (prio 0, rom): flash\n"))
    #expect(!arm("info mtree").contains("address-space: io"))
    #expect(
      arm.line("info roms", "addr=0000000024000000") == "addr=0000000024000000 size=0x1000000 mem=rom name=\"flash\"")
    #expect(pc("info roms") == "There is no ROM: the kernel was put into RAM\n")
  }

  @Test func `the device tree has addresses, parameters, wires and back ends`() throws {
    let text = try HumanRig(.integratorcp)("info qtree")
    #expect(text.hasPrefix("board: integratorcp-1\n"))
    #expect(
      text.contains(
        """
          dev: pl011, id "serial0"
            pacing = off
            mmio 0000000016000000/0000000000001000 registers
            wire irq -> pic.line1
            chardev = serial0

        """))
    #expect(try HumanRig(.microvm)("info qtree").contains("    io 0000000000000020/0000000000000002 master\n"))
  }

  @Test func `interrupt controllers are shown as they are`() throws {
    let pc = try HumanRig(.microvm)
    #expect(pc("o/b 0x21 0xfb") == "")
    #expect(
      pc.line("info pic", "pic.master")
        == "pic.master: irr=00 imr=fb isr=00 elcr=00 irq_base=00 phase=uninitialised (0) lowest=7 poll=false smm=false")
    #expect(pc.line("info ioapic", "ioapic0") == "ioapic0: ID=8 IOREGSEL=00")
    #expect(pc("set ioapic0.IOREDTBL4 0x8930") == "")
    #expect(pc("set ioapic0.IOREDTBL4_HIGH.DESTINATION 3") == "")
    #expect(
      pc.line("info ioapic", "pin 4")
        == "pin 4  0300000000008930 dest=3 vec=30 lowest logical level high")
    #expect(pc.line("info ioapic", "ioapic0") == "ioapic0: ID=8 IOREGSEL=00", "the guest's index stays")
    #expect(pc.line("info lapic", "SVR").hasSuffix("EOI_BROADCAST_OFF=0 FOCUS_CHECK_OFF=0 ENABLE=1 VECTOR=0xf"))
    #expect(pc.line("info lapic", "IRR") == "IRR              (none)")
    #expect(pc.line("info irq", "irq4") == "irq4    low   serial0.irq")
    let arm = try HumanRig(.integratorcp)
    #expect(arm("info lapic") == "The board integratorcp has no local APIC\n")
    #expect(arm("info ioapic") == "The board integratorcp has no I/O APIC\n")
    #expect(arm("set pic.IRQ_ENSET.LINE1 1") == "")
    #expect(
      arm.line("info pic", "pic:")
        == "pic: raw=00000000 irq-enable=00000002 irq=00000000 fiq-enable=00000000 fiq=00000000")
    #expect(arm("set serial0.UARTIMSC.TXIM 1") == "")
    #expect(arm("set serial0.UARTCR.UARTEN 1") == "")
    #expect(arm("set serial0.UARTDR 0x41") == "")
    #expect(arm.line("info pic", "pic:").contains("irq=00000002"))
    #expect(arm.line("info irq", "line1") == "line1   high  serial0.irq")
  }

  @Test(arguments: HumanRig.Board.allCases)
  func `the engine's statistics grow when the guest runs`(board: HumanRig.Board) throws {
    let rig = try HumanRig(board)
    #expect(rig.line("info jit", "blocks decoded") == "blocks decoded     0, of 0 bytes of guest code")
    _ = rig.machine.run(instructions: 100_000)
    #expect(!rig.line("info jit", "blocks decoded").contains(" 0,"))
    #expect(rig.line("info jit", "flushes").hasSuffix("0"))
  }

  @Test func `what is not there yet is said as it is`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("info migrate") == "No migration has been started\n")
    #expect(rig("info snapshots") == "There are no snapshots: savevm FILE writes one\n")
    #expect(rig("info jobs") == "There are no jobs\n")
    #expect(rig("info network") == "The board microvm has no network interface\n")
    #expect(try HumanRig(.integratorcp)("info network") == "ethernet: smc91c111, net0\n")
  }
}

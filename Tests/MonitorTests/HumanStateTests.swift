import Boards
import Foundation
import SavedState
import Testing

@testable import Monitor

/// `info device` and `set`: state by path, registers by the manual's names.
struct HumanStateTests {
  @Test(arguments: HumanRig.Board.allCases)
  func `looking at every device changes nothing`(board: HumanRig.Board) throws {
    let rig = try HumanRig(board)
    _ = rig.machine.run(instructions: 200_000)
    let before = rig.machine.save()
    for device in rig.machine.placed {
      let text = rig("info device \(device.name)")
      #expect(text.hasPrefix("\(device.name) (\(device.model.name) v"))
      for row in device.registers where row.access != .writeOnly {
        #expect(text.contains("\n  \(row.name) "), "\(device.name).\(row.name)")
      }
    }
    for subject in HumanCommand.subjects { _ = rig("info \(subject.name)") }
    #expect(before.differences(to: rig.machine.save()) == [])
  }

  @Test func `a register is shown with its fields, also behind an index or a flip-flop`() throws {
    let rig = try HumanRig(.microvm)
    #expect(
      rig.line("info device serial0", "LSR")
        == "LSR              60  FIFO_ERROR=0 TEMT=1 THRE=1 BI=0 FE=0 PE=0 OE=0 DR=0")
    #expect(rig.line("info device rtc", "REGISTER_A") == "REGISTER_A       26  UIP=0 DV=2 RS=6")
    #expect(
      rig.line("info device ioapic0", "IOAPICVER")
        == "IOAPICVER        00170020  MAX_REDIRECTION_ENTRY=0x17 VERSION=0x20")
    #expect(rig("o/b 0x43 0x36") == "")
    #expect(rig.line("info device pit", "STATUS0").hasSuffix("NULL_COUNT=1 RW=3 M=3 BCD=0"))
    let arm = try HumanRig(.integratorcp)
    #expect(arm.line("info device cm", "CM_ID") == "CM_ID            411a3001  MAN=0x41 ARCH=0x1a FPGA=3 BUILD=0 REV=1")
  }

  @Test func `derived rows are shown`() throws {
    #expect(try HumanRig(.microvm)("info device pic").contains("intr = false\n"))
    #expect(try HumanRig(.integratorcp)("info device serial0").contains("irq = false\n"))
  }

  @Test func `registers are written as by the guest, whole or by field`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("set serial0.SCR 0x40 + 2") == "")
    #expect(rig("i/b 0x3ff") == "portb[0x03ff] = 0x42\n")
    #expect(rig("set serial0.LCR.WLS 3") == "")
    #expect(rig("set serial0.LCR.SB 1") == "")
    #expect(rig("i/b 0x3fb") == "portb[0x03fb] = 0x43\n")
    #expect(rig("set serial0.DLL 12") == "")
    #expect(rig.line("info device serial0", "DLL") == "DLL              0c")
    #expect(rig("i/b 0x3fb") == "portb[0x03fb] = 0x43\n", "DLAB is again what it was")
    #expect(rig("set rtc.REGISTER_B.PIE 1") == "")
    #expect(
      rig.line("info device rtc", "REGISTER_B")
        == "REGISTER_B       42  SET=0 PIE=1 AIE=0 UIE=0 SQWE=0 DM=0 H24=1 DSE=0")
  }

  @Test(arguments: [
    ("set serial0.LSR 1", "LSR can only be read\n"),
    ("set serial0.LCR.WLS 4", "serial0.LCR.WLS holds 0 to 0x3, not 0x4\n"),
    ("set serial0.SCR 0x100", "serial0.SCR holds 0 to 0xff, not 0x100\n"),
    ("set serial0.FCR.TRIGGER 1", "FCR can only be written, and as a whole\n"),
    ("set serial0.LCR.XX 1", "LCR has no field \"XX\" (there are: DLAB SB SP EPS PEN STB WLS)\n"),
    ("set serial0.SRC 1", "serial0 has no register \"SRC\"; did you mean \"SCR\"?\n"),
    ("set serial0.SCR 1 2", "\" 2\" is too much behind the value\n"),
    ("set serial0.a.b.c 1", "serial0 has no register \"a\""),
    ("set cpu0.EAX 1", "cpu0 has no register \"EAX\"\n"),
    ("set serial9.SCR 1", "There is no device \"serial9\"; did you mean \"serial0\"?\n"),
    ("set /machine/pit/gate2 5", "/machine/pit/gate2: \"5\" is not a truth value\n"),
    ("set /machine/pit 5", "/machine/pit is a device; what can be set is below it\n"),
    ("set pit/nix 5", "Device '/machine/pit/nix' not found\n"),
    ("set pit//x 5", "'pit//x' is no path; one looks like /machine/pit/counter[0]/count\n"),
    ("set pic/intr true", "/machine/pic/intr cannot be set: it follows from other rows"),
    ("set pic/master/lowest 8", "/machine/pic/master/lowest: found 8, expected"),
    ("set pic/master/irr 1", "/machine/pic/master: found irr has requests of lines that are low"),
    ("set", "set: PLACE is missing; usage: set PLACE VALUE\n"),
  ])
  func `what does not fit the tables is refused, and nothing changes`(line: String, answer: String) throws {
    let rig = try HumanRig(.microvm)
    let before = rig.machine.save()
    let text = rig(line)
    #expect(answer.hasSuffix("\n") ? text == answer : text.hasPrefix(answer), "\(text)")
    #expect(before.differences(to: rig.machine.save()) == [])
  }

  @Test func `state is set by path with all checks of a load`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("set /machine/pic/master/imr 0x7f") == "")
    #expect(rig("i/b 0x21") == "portb[0x0021] = 0x7f\n")
    #expect(rig("set rtc/index 5") == "")
    #expect(rig("info device rtc").contains("index = 5\n"))
    let arm = try HumanRig(.integratorcp)
    #expect(arm("set pic/irqEnable 3") == "")
    #expect(arm.line("info device pic", "IRQ_ENSET").hasPrefix("IRQ_ENSET        00000003"))
  }
}

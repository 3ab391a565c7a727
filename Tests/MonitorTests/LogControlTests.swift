import Boards
import Host
import Testing

@testable import Monitor

/// `-d` and the monitor's `log`.
@Suite struct LogControlTests {
  @Test(arguments: [
    ("int", "int"), ("none", "none"), ("", "none"), ("irq:pic,int,irq:rtc", "int,irq:pic,irq:rtc"),
    ("irq:pic,irq", "irq"), ("irq,irq:pic", "irq"),
    ("all", "in_asm,out_asm,exec,cpu,fpu,int,mmu,irq,guest_errors,unimp,unmapped,reset"),
  ])
  func `items are said as they are taken`(text: String, shown: String) throws {
    #expect(try LogSelection(text).description == shown)
    #expect(try LogSelection(shown) == LogSelection(text))
  }

  @Test func `an item that there is not has a neighbour`() {
    #expect(throws: OptionError("unknown log item \"guest_error\"; did you mean \"guest_errors\"?")) {
      try LogSelection("int,guest_error")
    }
  }

  @Test func `a selection is for the devices that it names, or for all`() throws {
    var selection = try LogSelection("irq:pic,int")
    #expect(selection.contains(.irq, of: "pic") && !selection.contains(.irq, of: "rtc"))
    #expect(selection.contains(.int, of: "cpu7") && !selection.contains(.exec))
    #expect(selection.devices == ["pic"])
    selection.formUnion(try LogSelection("irq,exec:cpu1"))
    #expect(selection.description == "exec:cpu1,int,irq")
  }

  @Test func `help has a line for each item`() {
    for item in LogItem.allCases { #expect(LogSelection.help.contains("  \(item.rawValue) ")) }
  }
}

import Boards
import Monitor
import Testing

struct QTestTests {
  // MARK: Ports and memory

  @Test func `ports are read and written in each width`() throws {
    let rig = try QTestRig()
    #expect(rig.exchange("outb 0x3ff 0x5a") == ["OK"])
    #expect(rig.answer("inb 0x3ff") == "OK 0x005a")
    #expect(rig.answer("inb 1023") == "OK 0x005a")
    #expect(rig.answer("inb 01777") == "OK 0x005a")
    #expect(rig.answer("outw 0x3fe 0xa5b6") == "OK")
    #expect(rig.answer("inb 0x3ff") == "OK 0x00a5")
    #expect(rig.answer("inw 0x9000") == "OK 0xffff")
    #expect(rig.answer("inl 0x9000") == "OK 0xffffffff")
    #expect(rig.answer("outl 0x9000 -1") == "OK")
  }

  @Test func `memory is read and written in each width`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("writeq 0x100000 0x1122334455667788") == "OK")
    #expect(rig.answer("readq 0x100000") == "OK 0x1122334455667788")
    #expect(rig.answer("readl 0x100000") == "OK 0x0000000055667788")
    #expect(rig.answer("readw 0x100006") == "OK 0x0000000000001122")
    #expect(rig.answer("readb 0x100007") == "OK 0x0000000000000011")
    #expect(rig.answer("writeb 0x100000 0x1ff") == "OK")
    #expect(rig.answer("writew 0x100002 0xabcd") == "OK")
    #expect(rig.answer("writel 0x100004 1") == "OK")
    #expect(rig.answer("readq 0x100000") == "OK 0x00000001abcd77ff")
  }

  @Test func `bytes go in bulk, in hexadecimal and base64`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("memset 0x1000 6 0x155") == "OK")
    #expect(rig.answer("read 0x1000 8") == "OK 0x5555555555550000")
    #expect(rig.answer("write 0x1000 4 0x0102030405") == "OK")
    #expect(rig.answer("read 0x1000 6") == "OK 0x010203045555")
    // What is missing is zero, also half a byte.
    #expect(rig.answer("write 0x1000 3 0xaBc") == "OK")
    #expect(rig.answer("read 0x1000 4") == "OK 0xabc00004")
    #expect(rig.answer("b64read 0x1000 4") == "OK q8AABA==")
    #expect(rig.answer("b64read 0x1000 3") == "OK q8AA")
    #expect(rig.answer("b64read 0x1000 0") == "OK ")
    #expect(rig.answer("b64write 0x1000 4 3q2+7w==") == "OK")
    #expect(rig.answer("b64write 0x1004 2 3q2+7w") == "OK")
    #expect(rig.answer("read 0x1000 8") == "OK 0xdeadbeefdead0000")
    #expect(rig.answer("memset 0x1000 0 1") == "OK")
  }

  @Test func `every length comes back from base64`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("write 0x2000 9 0x00ff10807f3f9fe0fb") == "OK")
    for size in 1...9 {
      let text = rig.answer("b64read 0x2000 \(size)").dropFirst(3)
      #expect(rig.answer("memset 0x3000 10 0xee") == "OK")
      #expect(rig.answer("b64write 0x3000 \(size) \(text)") == "OK")
      #expect(rig.answer("read 0x3000 \(size)") == rig.answer("read 0x2000 \(size)"))
      #expect(rig.answer("readb \(0x3000 + size)") == "OK 0x00000000000000ee")
    }
  }

  @Test func `in bulk a device gets the widest accesses that it takes`() throws {
    let rig = try QTestRig()
    // The I/O APIC's window takes 32 bits at a time: four single bytes would write its register four times.
    #expect(rig.answer("write 0xfec00000 4 0x10000000") == "OK")
    #expect(rig.answer("write 0xfec00010 4 0x34000100") == "OK")
    #expect(rig.answer("readl 0xfec00010") == "OK 0x0000000000010034")
    #expect(rig.answer("read 0xfec00010 4") == "OK 0x34000100")
  }

  @Test func `memory in bulk goes over the ends of regions and of all addresses`() throws {
    let rig = try QTestRig()
    let end = rig.machine.ram.size
    #expect(rig.answer("write \(end - 2) 4 0x01020304") == "OK")
    #expect(rig.answer("read \(end - 2) 4") == "OK 0x0102ffff")
    #expect(rig.answer("writew 0 0x3412") == "OK")
    #expect(rig.answer("read 0xfffffffffffffffe 4") == "OK 0xffff1234")
  }

  @Test func `both boards are little endian`() throws {
    for board in ["microvm", "integratorcp"] {
      #expect(try QTestRig(board).answer("endianness") == "OK little")
    }
  }

  // MARK: Time

  @Test func `time stands until it is moved`() throws {
    let rig = try QTestRig()
    rig.settle()
    #expect(rig.machine.clock.now == 0)
    #expect(rig.answer("clock_step 1500") == "OK 1500")
    #expect(rig.answer("clock_set 3000") == "OK 3000")
    #expect(rig.answer("clock_set 2000") == "OK 3000")
    #expect(rig.answer("clock_step -5") == "OK 3000")
    #expect(rig.answer("clock_step 0") == "OK 3000")
  }

  @Test func `a step without a length goes to the next timer`() throws {
    let rig = try QTestRig("integratorcp")
    // Timer 1 at 1 MHz: periodic, with interrupt, 32 bits.
    #expect(rig.answer("writel 0x13000100 1000") == "OK")
    #expect(rig.answer("writel 0x13000108 0xe2") == "OK")
    #expect(rig.answer("irq_intercept_in pic") == "OK")
    #expect(rig.exchange("clock_step") == ["IRQ raise 6", "OK 1000000"])
    #expect(rig.answer("writel 0x1300010c 0") == "OK")
    #expect(rig.exchange("clock_step") == ["IRQ raise 6", "OK 2000000"])
  }

  @Test func `timers on the way fire at their own time`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("irq_intercept_in pic") == "OK")
    // Counter 0 as a rate generator of 1193 ticks, a little less than a millisecond.
    for line in ["outb 0x43 0x34", "outb 0x40 0xa9", "outb 0x40 0x04"] { #expect(rig.answer(line) == "OK") }
    let lines = rig.exchange("clock_step 10000000")
    #expect(lines.count(where: { $0 == "IRQ lower 0" }) == 10)
    #expect(lines.last == "OK 10000000")
  }

  @Test func `the machine whose clock goes by itself does not have it moved`() throws {
    let rig = try QTestRig { $0.clock = .instructions(rate: 1_000_000_000, paced: false) }
    #expect(rig.answer("clock_step 5").hasPrefix("FAIL "))
    #expect(rig.answer("clock_set 5").hasPrefix("FAIL "))
    #expect(rig.answer("inb 0x64").hasPrefix("OK "))
  }

  @Test func `a long way is gone in pieces, and nothing is answered before its end`() throws {
    let rig = try QTestRig()
    for line in ["outb 0x43 0x14", "outb 0x40 0x02"] { #expect(rig.answer(line) == "OK") }
    rig.test.execute(Array("clock_step 100000000".utf8)[...])
    #expect(rig.test.isBusy)
    let before = rig.machine.clock.now
    rig.test.proceed()
    #expect(rig.machine.clock.now > before)
    #expect(rig.machine.clock.now < 100_000_000)
    while rig.test.isBusy { rig.test.proceed() }
    #expect(rig.machine.clock.now == 100_000_000)
  }

  // MARK: Interrupt lines

  @Test func `inputs are shown when they change, and the device hears them`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("irq_intercept_in ioapic") == "OK")
    #expect(rig.answer("writel 0xfec00000 0x18") == "OK")
    #expect(rig.answer("writel 0xfec00010 0x8034") == "OK")
    #expect(rig.exchange("set_irq_in ioapic unnamed-gpio-in 4 1") == ["IRQ raise 4", "OK"])
    #expect(rig.exchange("set_irq_in ioapic unnamed-gpio-in 4 1") == ["OK"])
    #expect(rig.exchange("set_irq_in ioapic0 pin 4 0") == ["IRQ lower 4", "OK"])
    // Pin 20 is connected to nothing.
    #expect(rig.exchange("set_irq_in /machine/ioapic0 pin 20 1") == ["IRQ raise 20", "OK"])
  }

  @Test func `outputs are shown, all or one`() throws {
    let rig = try QTestRig("integratorcp")
    #expect(rig.answer("irq_intercept_out timers irq2") == "OK")
    for timer in [0x1300_0100, 0x1300_0200] {
      #expect(rig.answer("writel \(timer) 100") == "OK")
      #expect(rig.answer("writel \(timer + 8) 0xa3") == "OK")
    }
    #expect(rig.exchange("clock_step 100000") == ["IRQ raise 2", "OK 100000"])
    #expect(rig.answer("readl 0x14000004") == "OK 0x00000000000000c0")
    #expect(rig.answer("irq_intercept_out timers") == "OK")
    #expect(rig.exchange("writel 0x1300010c 0") == ["OK"])
    #expect(rig.exchange("writel 0x1300020c 0") == ["IRQ lower 2", "OK"])
  }

  @Test func `one device is shown at a time`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("irq_intercept_in ioapic") == "OK")
    #expect(rig.answer("irq_intercept_in ioapic") == "OK")
    #expect(rig.answer("irq_intercept_in pic") == "FAIL IRQ intercept already enabled")
    #expect(rig.answer("irq_intercept_out pic") == "FAIL IRQ intercept already enabled")
    #expect(rig.answer("irq_intercept_in nothing") == "FAIL Unknown device")
    #expect(rig.answer("irq_intercept_in /") == "FAIL Unknown device")
  }

  @Test func `after the end nothing is shown`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("irq_intercept_in ioapic") == "OK")
    rig.test.end()
    rig.machine.drive(input: 4, of: try #require(rig.machine.devices.firstIndex { $0.name == "ioapic0" }), true)
    #expect(!rig.log().contains("IRQ"))
  }

  @Test func `a machine that was reset is still shown`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("irq_intercept_in ioapic") == "OK")
    #expect(rig.answer("outb 0x43 0x30") == "OK")
    #expect(rig.answer("outb 0x64 0xfe") == "OK")
    #expect(rig.exchange("set_irq_in ioapic unnamed-gpio-in 7 1") == ["IRQ raise 7", "OK"])
  }

  // MARK: What makes no sense

  @Test(arguments: [
    "", " ", "foo", "FOO 1", "outb", "outb 0x20", "inb", "inb zz", "inb 0x", "inb -", "inb 0x10000", "inb 08",
    "inb 0x11112222333344445", "inb 99999999999999999999", "outb 0x20 one", "read 0x1000", "read 0x1000 0",
    "read 0 0xffffffffffffffff", "b64read 0 0x1000001", "memset 0 0x7fffffff 1", "memset 0 4", "write 0 4",
    "write 0 4 0102", "write 0 4 0xzz", "b64write 0 4 !!!!", "b64write 0 4 =", "b64write 0 4 a", "clock_set",
    "clock_set x", "clock_step x", "irq_intercept_in", "irq_intercept_out pic nothing", "set_irq_in ioapic pin 24 1",
    "set_irq_in ioapic unnamed-gpio-in 18446744073709551615 1", "set_irq_in ioapic", "set_irq_in nothing pin 1 1",
    "module_load", "module_load accel- qtest", "rtas a 1 2 3 4", "inb\t0x20", "outb\u{0} 1 2",
  ])
  func `a line that makes no sense is answered`(line: String) throws {
    let rig = try QTestRig()
    #expect(rig.answer(line).hasPrefix("FAIL "))
    #expect(rig.answer("endianness") == "OK little")
  }

  @Test func `nothing to write is answered as QEMU answers it`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("write 0x1000 0 0x") == "ERR invalid argument size")
    #expect(rig.answer("b64write 0x1000 0 AA==") == "ERR invalid argument size")
  }

  @Test func `what is missing is named`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("outb 0x20") == "FAIL outb: VALUE is missing (outb ADDR VALUE)")
    #expect(rig.answer("foo bar") == "FAIL Unknown command 'foo'")
    #expect(rig.answer("inb 0x12345") == "FAIL inb: '0x12345' is beyond port 0xffff")
  }

  @Test func `spaces and a carriage return do not matter`() throws {
    let rig = try QTestRig()
    #expect(rig.answer("  outb   0x3ff  0x77 ") == "OK")
    #expect(rig.answer("inb 0x3ff\r") == "OK 0x0077")
    #expect(rig.answer("inb 0x3ff and more") == "OK 0x0077")
  }

  @Test func `bytes that are no text are answered, and do not reach the log as they are`() throws {
    let rig = try QTestRig()
    rig.test.execute([0x1b, 0x5b, 0xff, 0x00, 0x80])
    #expect(rig.log().contains("FAIL Unknown command '?["))
    #expect(!rig.log().utf8.contains(0x1b))
  }

  // MARK: The log

  @Test func `the log has each line and when it was`() throws {
    let rig = try QTestRig()
    _ = rig.exchange("endianness")
    rig.test.end()
    #expect(
      rig.log() == """
        [I 0.000000] OPENED
        [R +0.001500] endianness
        [S +0.003000] OK little
        [I +0.004500] CLOSED

        """)
  }

  @Test func `long lines are cut in the log`() throws {
    let rig = try QTestRig()
    _ = rig.exchange("write 0 4 0x" + String(repeating: "0", count: 100_000))
    #expect(rig.log().utf8.count < 5000)
  }
}

import Boards
import Foundation
import GuestMemory
import Testing

@testable import Monitor

/// Memory, registers and translations, as the monitor shows them.
struct HumanMemoryTests {
  /// A machine with known bytes at 0x2000 and two instructions, `jmp .` and `hlt`, at 0x1000.
  private func rig() throws -> HumanRig {
    let rig = try HumanRig(.microvm)
    for (index, byte) in Array("Ferry\n\u{0}\u{7f}".utf8).enumerated() {
      rig.machine.memory.write(UInt64(byte), 0x2000 + UInt64(index), width: 1)
    }
    for index in 8..<64 as Range<UInt64> { rig.machine.memory.write(index, 0x2000 + index, width: 1) }
    rig.machine.memory.write(0xf4_feeb, 0x1000, width: 4)
    #expect(rig("set cpu0/rip 0x1000") == "")
    return rig
  }

  @Test(arguments: [
    ("x/10xb 0x2000", "00002000: 0x46 0x65 0x72 0x72 0x79 0x0a 0x00 0x7f\n00002008: 0x08 0x09\n"),
    ("x/3hx 0x2008", "00002008: 0x0908 0x0b0a 0x0d0c\n"),
    ("x/5 0x2008", "00002008: 0x0b0a0908 0x0f0e0d0c 0x13121110 0x17161514\n00002018: 0x1b1a1918\n"),
    ("x/2xg 0x2000 + 8", "00002008: 0x0f0e0d0c0b0a0908 0x1716151413121110\n"),
    ("xp/2xw 0x2008", "0000000000002008: 0x0b0a0908 0x0f0e0d0c\n"), ("x/2db 0x2005", "00002005:   10    0\n"),
    ("x/8c 0x2000", "00002000: 'F' 'e' 'r' 'r' 'y' '\\n' '\\x00' '\\x7f'\n"),
    ("x/2ub 0x2006", "00002006:   0 127\n"), ("x/2ob 0x2007", "00002007: 0177  010\n"),
    ("x 0x2008", "00002008: 0x0b0a0908\n"), ("p 3 + 4", "0x7\n"), ("p/d -3", "-3\n"), ("p/u 3", "3\n"),
    ("p/o 8", "010\n"),
    ("p/c 65", "'A'\n"), ("p $eip", "0x1000\n"), ("p ($pc + 8) & ~7", "0x1008\n"),
    ("p/i 1", "A value is no instruction: x/i shows one\n"), ("p $nix", "There is no register \"$nix\"\n"),
  ])
  func `memory and values are shown in QEMU's formats`(line: String, answer: String) throws {
    #expect(try rig()(line) == answer)
  }

  @Test func `a format holds until another one is typed`() throws {
    let rig = try rig()
    #expect(rig("x/2hd 0x2008") == "00002008:   2312   2826\n")
    #expect(rig("x 0x2008") == "00002008:   2312\n")
    #expect(rig("p 10") == "10\n")
    #expect(rig("x/x 0x2008") == "00002008: 0x0908\n")
  }

  @Test func `code is disassembled by address and by register`() throws {
    let rig = try rig()
    let lines = rig("x/2i $eip").split(separator: "\n")
    #expect(lines[0].hasPrefix("0x00001000:  eb fe                   jmp"))
    #expect(lines[1].hasPrefix("0x00001002:  f4                      hlt"))
    #expect(rig("xp/2i 0x1000") == rig("x/2i 0x1000"))
    let arm = try HumanRig(.integratorcp)
    arm.machine.memory.write(0xe3a0_0001, 0x8000, width: 4)
    #expect(arm("x/i 0x8000").hasPrefix("0x00008000:  01 00 a0 e3             mov"))
  }

  @Test func `where nothing answers is said, and what could be read before is shown`() throws {
    let rig = try rig()
    #expect(
      rig("xp/4xw 0xfffff8").contains("0000000000fffff8: 0x00000000 0x00000000\nCannot access memory at 0x01000000"))
    #expect(rig("x 0xd0000000").hasPrefix("Cannot access memory at 0xd0000000: nothing answers there"))
    #expect(rig("x/i 0xfec00000").hasPrefix("Cannot access memory at 0xfec00000: there is no RAM or ROM"))
    #expect(rig("xp/x 0xfec00010").hasPrefix("00000000fec00010: 0x"), "a device is read as by the guest")
    #expect(rig("xp/xw 0xffffffffffffffff").hasPrefix("Cannot access memory"))
  }

  @Test func `registers are listed by name, with the flags in letters`() throws {
    let rig = try rig()
    #expect(rig("info registers").hasPrefix("CPU#0\n"))
    #expect(rig("info registers").contains("eip=00001000"))
    #expect(rig("set cpu0/rflags 0x246") == "")
    #expect(rig("info registers").contains("eflags=00000246 [--I--Z-P-]"))
    let arm = try HumanRig(.integratorcp)
    #expect(arm("info registers").contains("cpsr=000000d3 [------IF-]"))
    let two = try HumanRig(.microvm, cpus: 2)
    #expect(two("info registers -a").contains("CPU#0\n"))
    #expect(two("info registers -a").contains("CPU#1\n"))
  }

  @Test func `page tables are shown, joined by rights or with where they lead`() throws {
    let rig = try rig()
    #expect(rig("info mem") == "CPU 0 translates no addresses now: paging is off\n")
    #expect(rig("info tlb") == rig("info mem"))
    for (address, entry) in [
      (0x3000, 0x4003), (0x3c00, 0x4003), (0x4000, 0x5003), (0x4004, 0x1003), (0x4008, 0x2003), (0x400c, 0x3001),
    ] as [(UInt64, UInt64)] {
      rig.machine.memory.write(entry, address, width: 4)
    }
    #expect(rig("set cpu0/cr3 0x3000") == "")
    #expect(rig("set cpu0/cr0 0x80000011") == "")
    #expect(
      rig("info mem") == """
        00000000-00002fff 00003000 srwx
        00003000-00003fff 00001000 sr-x
        c0000000-c0002fff 00003000 srwx
        c0003000-c0003fff 00001000 sr-x

        """)
    #expect(
      rig("info tlb") == """
        00000000-00000fff -> 00005000 srwx
        00001000-00002fff -> 00001000 srwx
        00003000-00003fff -> 00003000 sr-x
        c0000000-c0000fff -> 00005000 srwx
        c0001000-c0002fff -> 00001000 srwx
        c0003000-c0003fff -> 00003000 sr-x

        """)
    #expect(rig("x/xw 0xc0002008") == "c0002008: 0x0b0a0908\n")
    #expect(rig("x/2xw 0xc0003ffc").hasSuffix("Cannot access memory at 0xc0004000: CPU 0 has no mapping there\n"))
    #expect(rig("x/i $eip").contains("jmp"))
    #expect(try HumanRig(.integratorcp)("info mem") == "CPU 0 translates no addresses now: paging is off\n")
  }

  @Test func `memory is written to files by either address`() throws {
    let rig = try rig()
    let path = "/tmp/ferry-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(rig("memsave 0x2000 5 \(path)") == "")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("Ferry".utf8))
    #expect(rig("pmemsave 0x2000 3 \"\(path)\"") == "")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("Fer".utf8))
  }
}

import Testing
import X86

/// What the log is told of code.
@Suite struct CodeLogTests {
  /// What `machine` decodes from now on, disassembled as `-d in_asm` does.
  private final class Listing {
    var lines: [String] = []

    init(_ machine: TestMachine) {
      machine.cpu.onDecode = { [unowned self] offset, bytes, size in
        var at = 0
        while at < bytes.count {
          let rest = UnsafeBufferPointer(rebasing: bytes[at...])
          let (text, length) = Disassembler(size: size).disassemble(rest, at: offset &+ UInt64(at))
          let words = text.split(separator: " ").joined(separator: " ")
          lines.append("\(String(offset &+ UInt64(at), radix: 16)) \(words)")
          at += max(1, length)
        }
      }
    }
  }

  @Test func `code is told once, as it is decoded, and again when it changes`() throws {
    let machine = try TestMachine()
    let listing = Listing(machine)
    // inc eax; mov ecx, 5; jmp back
    machine.run([0x40, 0xb9, 5, 0, 0, 0, 0xeb, 0xf8], 9)
    #expect(listing.lines == ["1000 inc eax", "1001 mov ecx,0x5", "1006 jmp 0x1000"])
    machine.load([0x48])
    machine.cpu.run(1)
    #expect(listing.lines.count == 6)
    #expect(listing.lines.dropFirst(3).first == "1000 dec eax")
  }

  @Test func `an instruction across two pages is told whole`() throws {
    let machine = try TestMachine()
    let listing = Listing(machine)
    machine.load([0xb8, 0x11, 0x22, 0x33, 0x44], at: 0x1ffd)
    machine.jump(to: 0x1ffd)
    machine.cpu.run(1)
    #expect(listing.lines.first == "1ffd mov eax,0x44332211")
  }
}

import Testing

@testable import X86

/// What the log is told of code.
@Suite struct CodeLogTests {
  /// What `machine` decodes from now on, disassembled as `-d in_asm` does.
  private final class Listing {
    var lines: [String] = []

    init(_ machine: TestMachine) {
      machine.cpu.log(.code) { [unowned self] event in
        guard case .code(let address, _, let text) = event else { return }
        let words = text.split(separator: " ").joined(separator: " ")
        lines.append("\(String(address, radix: 16)) \(words)")
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

  @Test(.enabled(if: X86CPU.canTranslate, "there is no translator for this host"))
  func `host code is told with the instruction that it is of, as it is made`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0)
    var told: [(address: UInt64, text: String?, host: UInt64, size: Int)] = []
    machine.cpu.log(.hostCode) { event in
      guard case .hostCode(let address, let text, let host, let bytes) = event else { return }
      told.append((address, text, host, bytes.count))
    }
    // inc eax; mov ecx, 5; jmp back
    machine.run([0x40, 0xb9, 5, 0, 0, 0, 0xeb, 0xf8], 90)
    let texts = told.map { $0.text?.split(separator: " ").joined(separator: " ") }
    #expect(texts == ["inc eax", "mov ecx,0x5", "jmp 0x1000", nil])
    #expect(told.map(\.address) == [0x1000, 0x1001, 0x1006, 0x1000])
    for (one, next) in zip(told, told.dropFirst()) { #expect(one.size > 0 && one.host + UInt64(one.size) == next.host) }
  }
}

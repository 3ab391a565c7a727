import DeviceAudit
import GuestMemory
import SavedState
import Testing

@testable import X86

/// Repeated string instructions, of which many elements are done at once where memory allows it.
@Suite struct StringTests {
  private func value(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }

  /// Sets ESI, EDI, ECX and EAX and executes `instruction` for as long as it repeats.
  private func run(
    _ machine: TestMachine, _ instruction: [UInt8], esi: UInt32, edi: UInt32, ecx: UInt32, eax: UInt32 = 0
  ) {
    let code = [0xbe] + value(esi) + [0xbf] + value(edi) + [0xb9] + value(ecx) + [0xb8] + value(eax) + instruction
    machine.run(code + [0xeb, 0xfe], 5 + Int(ecx) / 4096 + 1)
  }

  @Test(arguments: [1, 2, 4], [-4096, -5, -1, 0, 1, 2, 3, 5, 8, 100, 4096, 5000])
  func `MOVS copies upwards one element after the other, whatever overlaps`(size: Int, distance: Int) throws {
    let machine = try TestMachine()
    var random = SplitMix64(seed: UInt64(size))
    let start = 0x20ff3
    var expected = random.bytes(0x10000)
    machine.memory.store(expected, at: 0x1c000)
    let count = 9001
    let from = start - 0x1c000
    for element in 0..<count {
      let place = from + element * size
      for byte in (0..<size).map({ expected[place + $0] }).enumerated() {
        expected[place + distance + byte.offset] = byte.element
      }
    }
    let instruction: [UInt8] = size == 1 ? [0xf3, 0xa4] : size == 2 ? [0x66, 0xf3, 0xa5] : [0xf3, 0xa5]
    run(machine, instruction, esi: UInt32(start), edi: UInt32(start + distance), ecx: UInt32(count))
    #expect(machine.memory.bytes(0x1c000, count: 0x10000) == expected)
    let end = UInt64(start + count * size)
    #expect([machine[6], machine[7], machine[1]] == [end, UInt64(Int(end) + distance), 0])
  }

  @Test(arguments: [1, 2, 4]) func `STOS fills across pages and no further`(size: Int) throws {
    let machine = try TestMachine()
    let count = 5000
    let instruction: [UInt8] = size == 1 ? [0xf3, 0xaa] : size == 2 ? [0x66, 0xf3, 0xab] : [0xf3, 0xab]
    run(machine, instruction, esi: 0, edi: 0x2fffd, ecx: UInt32(count), eax: 0x4433_2211)
    let pattern: [UInt8] = Array([0x11, 0x22, 0x33, 0x44].prefix(size))
    let filled = (0..<count).flatMap { _ in pattern }
    #expect(
      machine.memory.bytes(0x2fff0, count: 13 + filled.count + 8) == [UInt8](repeating: 0, count: 13) + filled
        + [UInt8](repeating: 0, count: 8))
    #expect([machine[7], machine[1]] == [UInt64(0x2fffd + count * size), 0])
  }
}

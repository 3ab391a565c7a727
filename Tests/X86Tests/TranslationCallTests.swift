import Engine
import Testing

@testable import X86

/// Calls and returns in host code, which expects a RET to go back behind the last CALL, whatever the guest does.
@Suite(.enabled(if: X86CPU.canTranslate, "there is no translator for this host"))
struct `translated calls` {
  /// Counts in eax, ebx and edi.
  private static let program: [UInt8] = [
    0xbc, 0x00, 0x00, 0x08, 0x00,  // mov esp, 0x80000
    0xb9, 0x88, 0x13, 0x00, 0x00,  // mov ecx, 5000
    0xe8, 0x42, 0x00, 0x00, 0x00,  // call deep
    0x8d, 0x15, 0x6a, 0x10, 0x00, 0x00,  // lea edx, [subroutine]
    0xe8, 0x41, 0x00, 0x00, 0x00,  // call thunk
    0x68, 0x20, 0x10, 0x00, 0x00,  // push the next but one
    0xc3,  // ret
    0x89, 0xe5,  // mov ebp, esp
    0x8d, 0xa5, 0x00, 0x00, 0xfe, 0xff,  // lea esp, [ebp-0x20000]
    0x68, 0x3a, 0x10, 0x00, 0x00,  // push there
    0x6a, 0x07,  // push 7
    0x68, 0x3a, 0x10, 0x00, 0x00,  // push there
    0x68, 0x6a, 0x10, 0x00, 0x00,  // push subroutine
    0xc3,  // ret
    0x89, 0xec,  // there: mov esp, ebp
    0x8d, 0x35, 0x6a, 0x10, 0x00, 0x00,  // lea esi, [subroutine]
    0xff, 0xd6,  // call esi
    0x56,  // push esi
    0xff, 0x14, 0x24,  // call [esp]
    0x5e,  // pop esi
    0xe8, 0x16, 0x00, 0x00, 0x00,  // call twice
    0x47,  // inc edi
    0xeb, 0xaf,  // jmp to the first
    0x49,  // deep: dec ecx
    0x74, 0x06,  // jz to its ret
    0xe8, 0xf8, 0xff, 0xff, 0xff,  // call deep
    0x40,  // inc eax
    0xc3,  // ret
    0xe8, 0x00, 0x00, 0x00, 0x00,  // thunk: call the next
    0x89, 0x14, 0x24,  // mov [esp], edx
    0xc3,  // ret
    0xe8, 0x00, 0x00, 0x00, 0x00,  // twice: call the next
    0xc3,  // ret
    0x43,  // subroutine: inc ebx
    0xe8, 0x04, 0x00, 0x00, 0x00,  // call the last but one
    0x83, 0xc3, 0x02,  // add ebx, 2
    0xc3,  // ret
    0x43,  // inc ebx
    0xc3,  // ret
  ]

  @Test func `come back from any depth, to another stack, and to what was put in the place of their address`() throws {
    let plain = try TestMachine(translates: false)
    let fast = try TestMachine(translates: false)
    try fast.cpu.translateCode(after: 0)
    for machine in [plain, fast] { machine.run(Self.program, 1) }
    for step in 0..<300 {
      // In pieces that end anywhere.
      let count = 1 + step * 37 % 1511
      for machine in [plain, fast] { machine.cpu.run(count) }
      let (a, b) = (X86State.table.save(plain.cpu.state), X86State.table.save(fast.cpu.state))
      #expect(a.der() == b.der(), "after step \(step): \(plain.cpu.state.gpr), not \(fast.cpu.state.gpr)")
      guard a.der() == b.der() else { return }
    }
    #expect(plain[7] > 7)
    let stack = plain.memory.bytes(0x50000, count: 0x30000)
    #expect(stack == fast.memory.bytes(0x50000, count: 0x30000))
  }

  @Test func `do not ask the run loop where they come back, however deep they are`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0)
    machine.run(Self.program, 2_000_000)
    #expect(machine[7] > 70)
    #expect(try #require(machine.cpu.translatorStatistics).entries < 100)
  }

  @Test func `find a subroutine that was overwritten while it ran`() throws {
    // call 0x1020; jmp back. There: inc byte [0x1031]; call 0x1030; ret, and at 0x1030 mov al, n; add ebx, eax; ret
    let code: [UInt8] = [0xe8, 0x1b, 0, 0, 0, 0xeb, 0xf9]
    let caller: [UInt8] = [0xfe, 0x05, 0x31, 0x10, 0, 0, 0xe8, 0x05, 0, 0, 0, 0xc3]
    let called: [UInt8] = [0xb0, 0x00, 0x01, 0xc3, 0xc3]
    let machines = try [false, true].map { translates in
      let machine = try TestMachine(translates: false)
      if translates { try machine.cpu.translateCode(after: 0) }
      machine.load(caller, at: 0x1020)
      machine.load(called, at: 0x1030)
      machine.run(code, 5000)
      return machine
    }
    #expect(machines[0].cpu.state.gpr[3] > 1000)
    #expect(X86State.table.save(machines[0].cpu.state).der() == X86State.table.save(machines[1].cpu.state).der())
  }

  @Test func `show a device that looks at the state the x87 as it is`() throws {
    // fninit; fld1; fldpi; mov [port], al; fmulp; fstp st(0); inc ecx; jmp to fld1
    let code: [UInt8] =
      [0xdb, 0xe3, 0xd9, 0xe8, 0xd9, 0xeb, 0xa2] + TestPort.address + [0xde, 0xc9, 0xdd, 0xd8, 0x41, 0xeb, 0xf0]
    let seen = try [false, true].map { translates in
      let machine = try TestMachine(translates: false)
      if translates { try machine.cpu.translateCode(after: 0) }
      let port = TestPort()
      machine.memory.map(port.window)
      var seen: [[UInt64]] = []
      port.onWrite = { _ in
        let fpu = machine.cpu.state.fpu
        seen.append([UInt64(fpu.status), UInt64(fpu.empty), fpu.significand[6], fpu.significand[7]])
      }
      machine.run(code, 500)
      let fpu = machine.cpu.state.fpu
      seen.append([UInt64(fpu.status), UInt64(fpu.empty), fpu.significand[6], machine[1]])
      return seen
    }
    #expect(seen[0].count > 50)
    #expect(seen[0] == seen[1])
  }

  // MARK: What accesses wait for

  @Test func `tells registers that come from memory from those that count`() {
    // mov edx, ecx; shr edx, 8; xor cl, [eax+8]; movzx esi, cl; mov ecx, edx; xor ecx, [esi*4+8]; inc eax; add edi, 4;
    // lea ebx, [edi+4]; mov ebp, esp
    let code: [UInt8] = [
      0x89, 0xca, 0xc1, 0xea, 0x08, 0x32, 0x48, 0x08, 0x0f, 0xb6, 0xf1, 0x89, 0xd1, 0x33, 0x0c, 0xb5, 8, 0, 0, 0,
      0x40, 0x83, 0xc7, 0x04, 0x8d, 0x5f, 0x04, 0x89, 0xe5,
    ]
    let instructions = Instruction.decoded(code)
    let mask = instructions.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { LoadedRegisters($0, count: buffer.count).mask }
    }
    #expect(mask == 1 << 1 | 1 << 2 | 1 << 6)
  }

  @Test func `needs one look into the TLB for two accesses to an element`() throws {
    // add ebp, [esi+edi*4]; mov eax, [esi+edi*8]; mov [esi+edi*4], ebp; inc edi; mov ecx, [esi+edi*4]
    let code: [UInt8] = [0x03, 0x2c, 0xbe, 0x8b, 0x04, 0xfe, 0x89, 0x2c, 0xbe, 0x47, 0x8b, 0x0c, 0xbe]
    let instructions = Instruction.decoded(code)
    let windows = instructions.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { MemoryWindows($0, count: buffer.count, labels: InlineArray(repeating: false)) }
    }
    let uses = try #require(windows).uses
    guard case .first(offset: 0, size: 8, writes: true) = uses[0], case .alone = uses[1],
      case .next(offset: 0) = uses[2], case .next(offset: 4) = uses[4]
    else {
      Issue.record("\(uses[0]), \(uses[1]), \(uses[2]), \(uses[4])")
      return
    }
  }
}

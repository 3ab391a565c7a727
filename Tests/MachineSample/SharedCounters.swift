package import Boards
import GuestMemory
import X86

/// A program for all CPUs of a PC at once, in 32-bit code: each counts the same words up `rounds` times, by LOCK XADD, LOCK INC,
/// a loop of LOCK CMPXCHG, and LOCK CMPXCHG8B, in a page's last bytes and the next page's first, and behind a lock made
/// of XCHG, which also guards a routine that is written anew each time.
package struct SharedCounters: BootSource {
  /// How often each CPU counts.
  package let rounds: Int

  package init(rounds: Int) { self.rounds = rounds }

  /// Where the words are.
  private static let data: UInt64 = 0x2_0000

  package func place(in machine: Machine) {
    machine.memory.store(Self.code, at: 0x8000)
    machine.memory.store([UInt8](repeating: 0, count: 8192), at: Self.data)
    for case let cpu as X86CPU in machine.cpus {
      var state = cpu.state
      state.activity = .running
      state.cr0 = 0x11
      for segment in 0..<6 {
        state.segments[segment] = SegmentRegister(
          selector: segment == 1 ? 8 : 16, attributes: segment == 1 ? 0xc09b : 0xc093, base: 0, limit: 0xffff_ffff)
      }
      state.rip = 0x8000
      state.gpr[1] = UInt64(rounds)
      state.gpr[4] = 0x3_0000 + UInt64(cpu.index) << 12
      cpu.state = state
      cpu.settle()
    }
  }

  /// How many CPUs are at the program's end.
  package static func done(in machine: Machine) -> Int { Int(word(384, machine)) }

  private static func word(_ offset: UInt64, _ machine: Machine) -> UInt64 {
    machine.memory.read(data + offset, width: 4)
  }

  /// What every word is at the end, by its offset, and what it has to be with so many CPUs.
  package func results(in machine: Machine) -> (found: [UInt64], expected: [UInt64]) {
    let count = UInt64(machine.cpus.count * rounds)
    let wide = count * 0x4000_0001
    return (
      [0, 64, 128, 192, 200, 256, 260, 320, 384, 0xffe].map { Self.word($0, machine) },
      [count, count, count, 0, count, wide & 0xffff_ffff, wide >> 32, 0, UInt64(machine.cpus.count), count]
    )
  }

  private static let code: [UInt8] = [
    0xbb, 0x00, 0x00, 0x02, 0x00,  // mov ebx, 0x20000
    0xb8, 0x01, 0x00, 0x00, 0x00,  // round: mov eax, 1
    0xf0, 0x0f, 0xc1, 0x03,  // lock xadd [ebx], eax
    0xf0, 0xff, 0x43, 0x40,  // lock inc dword [ebx+64]
    0x8b, 0x83, 0x80, 0x00, 0x00, 0x00,  // mov eax, [ebx+128]
    0x8d, 0x50, 0x01,  // try: lea edx, [eax+1]
    0xf0, 0x0f, 0xb1, 0x93, 0x80, 0x00, 0x00, 0x00,  // lock cmpxchg [ebx+128], edx
    0x75, 0xf3,  // jne try
    0xb8, 0x01, 0x00, 0x00, 0x00,  // spin: mov eax, 1
    0x87, 0x83, 0xc0, 0x00, 0x00, 0x00,  // xchg eax, [ebx+192]
    0x85, 0xc0,  // test eax, eax
    0x74, 0x04,  // jz got
    0xf3, 0x90,  // pause
    0xeb, 0xed,  // jmp spin
    0xff, 0x83, 0xc8, 0x00, 0x00, 0x00,  // got: inc dword [ebx+200]
    0x8b, 0x83, 0xc8, 0x00, 0x00, 0x00,  // mov eax, [ebx+200]
    0xa3, 0xb1, 0x80, 0x00, 0x00,  // mov [written+1], eax
    0xe8, 0x62, 0x00, 0x00, 0x00,  // call written
    0x3b, 0x83, 0xc8, 0x00, 0x00, 0x00,  // cmp eax, [ebx+200]
    0x75, 0x46,  // jne bad
    0xc7, 0x83, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // mov dword [ebx+192], 0
    0x51,  // push ecx
    0x8b, 0x83, 0x00, 0x01, 0x00, 0x00,  // mov eax, [ebx+256]
    0x8b, 0x93, 0x04, 0x01, 0x00, 0x00,  // mov edx, [ebx+260]
    0x89, 0xc6,  // wide: mov esi, eax
    0x89, 0xd1,  // mov ecx, edx
    0x53,  // push ebx
    0x89, 0xdd,  // mov ebp, ebx
    0x89, 0xf3,  // mov ebx, esi
    0x81, 0xc3, 0x01, 0x00, 0x00, 0x40,  // add ebx, 0x40000001
    0x83, 0xd1, 0x00,  // adc ecx, 0
    0xf0, 0x0f, 0xc7, 0x8d, 0x00, 0x01, 0x00, 0x00,  // lock cmpxchg8b [ebp+256]
    0x5b,  // pop ebx
    0x75, 0xe3,  // jne wide
    0x59,  // pop ecx
    0xf0, 0x83, 0x83, 0xfe, 0x0f, 0x00, 0x00, 0x01,  // lock add dword [ebx+0xffe], 1
    0x49,  // dec ecx
    0x0f, 0x85, 0x6b, 0xff, 0xff, 0xff,  // jnz round
    0xeb, 0x07,  // jmp over
    0xf0, 0xff, 0x83, 0x40, 0x01, 0x00, 0x00,  // bad: lock inc dword [ebx+320]
    0xf0, 0xff, 0x83, 0x80, 0x01, 0x00, 0x00,  // over: lock inc dword [ebx+384]
    0xfa,  // end: cli
    0xf4,  // hlt
    0xeb, 0xfc,  // jmp end
    0x90, 0x90,  // times 2 nop
    0xb8, 0x00, 0x00, 0x00, 0x00,  // written: mov eax, 0
    0xc3,  // ret
  ]
}

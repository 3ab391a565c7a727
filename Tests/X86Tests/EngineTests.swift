import Engine
import GuestMemory
import Testing

@testable import X86

/// Decoded blocks, their invalidation, and stopping where asked.
@Suite struct EngineTests {
  @Test func `a run stops after exactly as many instructions as asked`() throws {
    // loop: inc eax; inc ecx; dec edx; jmp loop
    let loop: [UInt8] = [0x40, 0x41, 0x4a, 0xeb, 0xfb]
    for count in 1...40 {
      let machine = try TestMachine()
      #expect(machine.run(loop, count) == .budget)
      #expect(machine[0] == UInt64((count + 3) / 4))
      #expect(machine[1] == UInt64((count + 2) / 4))
      #expect(machine.cpu.executed == UInt64(count))
      #expect(machine.cpu.state.retired == UInt64(count))
    }
  }

  @Test func `code that overwrites its next instruction executes the new one`() throws {
    let machine = try TestMachine()
    // mov byte [0x1007], 0x41 ; inc eax (becomes inc ecx) ; hlt
    machine.run([0xc6, 0x05, 0x07, 0x10, 0x00, 0x00, 0x41, 0x40, 0xf4], 2)
    #expect(machine[0] == 0)
    #expect(machine[1] == 1)
    #expect(machine.cpu.executed == 2)
  }

  @Test func `a loop that changes its own immediate sees each change`() throws {
    let machine = try TestMachine()
    // add eax, imm32 ; inc dword [0x1001] ; jmp back
    machine.run([0x05, 1, 0, 0, 0, 0xff, 0x05, 0x01, 0x10, 0, 0, 0xeb, 0xf3], 3 * 10)
    #expect(machine[0] == 55)
  }

  @Test func `a device's DMA into code is seen when the code runs again`() throws {
    let machine = try TestMachine()
    machine.run([0x40, 0xeb, 0xfd], 6)
    #expect(machine[0] == 3)
    machine.load([0x41])
    machine.jump(to: 0x1000)
    machine.cpu.run(6)
    #expect(machine[0] == 3)
    #expect(machine[1] == 3)
  }

  @Test func `an instruction across two pages is decoded anew when either page changes`() throws {
    let machine = try TestMachine()
    // mov eax, imm32 at 0x1ffd: opcode and two bytes before the boundary; then jmp back.
    machine.load([0xb8, 0x11, 0x22, 0x33, 0x44, 0xeb, 0xf9], at: 0x1ffd)
    machine.jump(to: 0x1ffd)
    machine.cpu.run(2)
    #expect(machine[0] == 0x4433_2211)
    machine.load([0x55], at: 0x2000)
    machine.cpu.run(2)
    #expect(machine[0] == 0x4455_2211)
    machine.load([0x66], at: 0x1ffe)
    machine.cpu.run(2)
    #expect(machine[0] == 0x4455_2266)
  }

  @Test func `data beside code is written without decoding the code again`() throws {
    let machine = try TestMachine()
    // loop: inc dword [0x1800]; jmp loop - the counter shares the page with the code
    machine.run([0xff, 0x05, 0x00, 0x18, 0, 0, 0xeb, 0xf8], 2000)
    #expect(machine.memory.read(0x1800, width: 4) == 1000)
  }

  @Test func `every store marks its page for every consumer`() throws {
    let machine = try TestMachine()
    let consumer = try #require(machine.ram.makeConsumer())
    // loop: inc dword [0x5000]; jmp loop
    let loop: [UInt8] = [0xff, 0x05, 0x00, 0x50, 0, 0, 0xeb, 0xf8]
    machine.run(loop, 10)
    for _ in 0..<3 {
      consumer.take { _ in }
      #expect(!consumer.isDirty(5))
      machine.cpu.run(10)
      #expect(consumer.isDirty(5))
    }
  }

  @Test func `two CPUs see each other's changes of code`() throws {
    let machine = try TestMachine()
    machine.run([0x40, 0xeb, 0xfd], 4)
    let other = X86CPU(
      model: machine.cpu.cpuModel, index: 1, memory: machine.memory, ports: machine.ports, code: machine.code,
      site: .init(name: "cpu1", clock: machine.clock, memory: machine.memory))
    other.state = machine.cpu.state
    other.settle()
    // mov byte [0x1000], 0x41 on the other CPU
    machine.load([0xc6, 0x05, 0x00, 0x10, 0, 0, 0x41, 0xf4], at: 0x3000)
    var state = other.state
    state.rip = 0x3000
    other.state = state
    other.settle()
    other.run(1)
    machine.cpu.run(4)
    #expect(machine[0] == 2)
    #expect(machine[1] == 2)
  }

  @Test func `the A20 gate folds the second megabyte on the first`() throws {
    let machine = try TestMachine(size: 4 << 20)
    // mov dword [0x100500], 7
    machine.cpu.setA20(false)
    machine.run([0xc7, 0x05, 0x00, 0x05, 0x10, 0x00, 7, 0, 0, 0], 1)
    #expect(machine.memory.read(0x500, width: 4) == 7)
    #expect(machine.memory.read(0x100500, width: 4) == 0)
    machine.cpu.setA20(true)
    machine.run([0xc7, 0x05, 0x00, 0x05, 0x10, 0x00, 9, 0, 0, 0], 1)
    #expect(machine.memory.read(0x100500, width: 4) == 9)
  }

  @Test func `a repeated string instruction stops between elements and goes on`() throws {
    let machine = try TestMachine()
    machine.load([UInt8](repeating: 0xab, count: 16384), at: 0x10000)
    var state = machine.cpu.state
    state.gpr[1] = 16384
    state.gpr[6] = 0x10000
    state.gpr[7] = 0x20000
    machine.cpu.state = state
    machine.run([0xf3, 0xa4, 0xf4], 1)
    #expect(machine[1] > 0 && machine[1] < 16384)
    #expect(machine.cpu.state.rip == 0x1000)
    machine.cpu.run(20)
    #expect(machine[1] == 0)
    #expect(machine.memory.bytes(0x20000, count: 16384) == [UInt8](repeating: 0xab, count: 16384))
  }

  @Test(arguments: [1, 2, 3, 5, 8]) func `a code cache that is full begins anew and nothing else changes`(_ blocks: Int)
    throws
  {
    // Nine short blocks that jump among themselves, with loops of one block and of several:
    // mov ecx, 50; a: inc eax; jmp b; b: inc ebx; test bl, 3; jnz c; inc edx; c: dec esi; jnz c; mov esi, 3; loop a; hlt
    let program: [UInt8] = [
      0xb9, 50, 0, 0, 0, 0x40, 0xeb, 0x00, 0x43, 0xf6, 0xc3, 3, 0x75, 0x01, 0x42, 0x4e, 0x75, 0xfd, 0xbe, 3, 0, 0, 0,
      0xe2, 0xec, 0xf4,
    ]
    func run(_ code: CodeCache<Instruction>) throws -> X86State {
      let machine = try TestMachine(code: code)
      var state = machine.cpu.state
      state.gpr[2] = 0
      state.gpr[6] = 3
      machine.cpu.state = state
      #expect(machine.run(program, 10_000) == .halted)
      return machine.cpu.state
    }
    let whole = try run(CodeCache())
    let cramped = try run(CodeCache(instructionCapacity: 64 * blocks, blockCapacity: blocks))
    #expect(whole.gpr[0] == 50)
    #expect(whole.gpr[2] == 12)
    for register in 0..<8 { #expect(whole.gpr[register] == cramped.gpr[register]) }
    #expect(whole.retired == cramped.retired)
  }
}

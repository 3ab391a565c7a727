import Emit
import Testing

#if arch(x86_64) && os(Linux)
  /// Code that is written at one address and executed at another.
  @Suite struct `executable memory` {
    @Test func `runs what was written to it, and what it was changed to`() throws {
      let memory = try ExecutableMemory(size: 1)
      defer { memory.deallocate() }
      #expect(memory.size == 4096)
      #expect(UnsafeRawPointer(memory.writable) != memory.executable)
      var a = Assembler(memory.writable, capacity: memory.size)
      // A sum from 1 to rdi, the loop's end behind a jump that is bound later.
      a.arithmetic(.xor, .rax, .rax)
      let top = a.position
      a.test(.register(.rdi), .rdi)
      let end = a.jump(if: .equal)
      a.arithmetic(.add, .rax, .rdi)
      a.arithmetic(.sub, .rdi, 1)
      a.jump(to: top)
      a.bind(end)
      a.plain(.ret)
      let other = a.position
      a.move(.rax, 42 as UInt32)
      a.plain(.ret)
      typealias Function = @convention(c) (UInt32) -> UInt32
      let function = unsafeBitCast(memory.executable, to: Function.self)
      #expect(function(0) == 0)
      #expect(function(100) == 5050)
      a.redirect(0, to: other)
      #expect(function(100) == 42)
    }
  }
#endif

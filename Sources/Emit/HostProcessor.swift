/// What the host's processor says of itself.
public enum HostProcessor {
  /// ECX and EDX of CPUID's leaf 1: what it can do. 0 where there is no telling.
  public static let features: (ecx: UInt32, edx: UInt32) = {
    var answer: (ecx: UInt32, edx: UInt32) = (0, 0)
    withUnsafeMutableBytes(of: &answer) { words in
      _ = run(words) { a in
        a.push(.rbx)
        a.move(.rax, 1 as UInt32)
        a.arithmetic(.xor, .rcx, .rcx)
        a.identify()
        a.store(.memory(.rdi), .rcx)
        a.store(.memory(.rdi, 4), .rdx)
        a.pop(.rbx)
        a.plain(.ret)
      }
    }
    return answer
  }()

  /// Executes what `body` writes, a function whose argument, in rdi, is where `words` are.
  ///
  /// - Returns: false where that cannot be: on another host, or one that refuses memory for it.
  public static func run(_ words: UnsafeMutableRawBufferPointer, _ body: (inout Assembler) -> Void) -> Bool {
    #if arch(x86_64) && os(Linux)
      guard let place = words.baseAddress, let memory = try? ExecutableMemory(size: 1) else { return false }
      defer { memory.deallocate() }
      var assembler = Assembler(memory.writable, capacity: memory.size)
      body(&assembler)
      unsafeBitCast(memory.executable, to: (@convention(c) (UnsafeMutableRawPointer) -> Void).self)(place)
      return true
    #else
      return false
    #endif
  }
}

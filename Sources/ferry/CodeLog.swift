import Boards
import Logging
import X86

/// `-d in_asm`: guest code when it is decoded.
struct CodeLog {
  private let logger: Logger
  private let disassemblers = [CodeSize.bits16, .bits32, .bits64].map(Disassembler.init(size:))

  init(_ logger: Logger) { self.logger = logger }

  func attach(_ machine: Machine) {
    for cpu in machine.cpus {
      cpu.onDecode = { [index = cpu.index] offset, bytes, size in
        var at = 0
        while at < bytes.count {
          let rest = UnsafeBufferPointer(rebasing: bytes[at...])
          let (text, length) = disassemblers[Int(size.rawValue)].disassemble(rest, at: offset &+ UInt64(at))
          logger.info("CPU \(index): \(String(offset &+ UInt64(at), radix: 16)): \(text)")
          at += max(1, length)
        }
      }
    }
  }
}

import Boards
import Engine
import Logging

/// `-d int` and `-d in_asm`: what CPUs tell of themselves.
struct CPULog {
  let interrupts: Logger?
  let code: Logger?

  func attach(_ machine: Machine) {
    for case let cpu as any Processor & ProcessorLog in machine.cpus {
      let index = cpu.index
      if let interrupts { cpu.logInterrupts { interrupts.info("CPU \(index): \($0)") } }
      if let code { cpu.logCode { code.info("CPU \(index): \(String($0, radix: 16)): \($1)") } }
    }
  }
}

/// A CPU as a debugger sees it. All calls are made while it does not run.
public protocol ProcessorDebug: AnyObject {
  /// The kind of its instruction set, as GDB's `set architecture` has it: `i386`, `arm`.
  var architecture: String { get }
  /// Where the next instruction is fetched: the linear address on x86, the virtual one on ARM.
  var programCounter: UInt64 { get }
  /// From now on `run` returns `.debug` before it executes an instruction at one of these addresses. A CPU that has
  /// stopped at one passes it when it runs on. None cost nothing.
  func setBreakpoints(_ addresses: Set<UInt64>)
  /// From now on `run` returns `.debug` when an instruction touches one of these: after it on x86, before it on ARM
  /// (`stopsBeforeAccess`). None cost nothing.
  func setWatchpoints(_ list: [Watchpoint])
  /// Whether a watchpoint stops before the access has happened, as the architecture's debuggers expect; running on
  /// then passes that instruction.
  var stopsBeforeAccess: Bool { get }
  /// What `run` stopped at, when it last returned `.debug`.
  var debugStop: DebugStop? { get }
  /// The physical address behind a data address as the CPU's present mode reaches it; nil where it would fault.
  /// Changes nothing: no accessed bits, no TLB entry, no fault status. Privileges do not count.
  func translate(_ address: UInt64) -> UInt64?
  /// Every register, in the order in which people list them.
  var debugRegisters: [DebugRegister] { get }
  /// Changes one of `debugRegisters`; false when there is none of that name or it cannot take the value.
  func setDebugRegister(_ name: String, _ value: UInt128) -> Bool
  /// The instruction that `bytes` begin with, in the present mode, in the assembler's words, and how many bytes it
  /// has (1 or the instruction set's unit when it is none).
  func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, length: Int)
  /// The translations that the CPU's page tables hold now, by address, at most `limit`; nil while it translates none.
  func translations(limit: Int) -> [TranslationRange]?
}

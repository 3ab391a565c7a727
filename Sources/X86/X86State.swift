public import SavedState

/// Everything of an x86 CPU that software can see, and nothing that follows from it.
public struct X86State: DeviceState {
  /// What the CPU does between instructions (SDM 3A 9.1, HLT, MP start-up).
  public enum Activity: UInt8, Wire, BitwiseCopyable, Sendable { case running, halted, waitingForSIPI, shutdown }

  /// RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15. First, so that a register's place is its offset.
  public var gpr = InlineArray<16, UInt64>(repeating: 0)
  /// The register that "no base" and "no index" name.
  public var zero: UInt64 = 0
  public var rip: UInt64 = 0xfff0
  /// All of RFLAGS; the arithmetic flags are kept here only while no instruction runs.
  public var rflags: UInt64 = 2
  /// ES, CS, SS, DS, FS, GS, LDTR, TR.
  public var segments = InlineArray<8, SegmentRegister>(repeating: SegmentRegister())
  public var gdtr = DescriptorTableRegister()
  public var idtr = DescriptorTableRegister()
  public var cr0: UInt64 = 0x6000_0010
  public var cr2: UInt64 = 0
  public var cr3: UInt64 = 0
  public var cr4: UInt64 = 0
  /// DR0 to DR3.
  public var breakpoint = InlineArray<4, UInt64>(repeating: 0)
  public var dr6: UInt64 = 0xffff_0ff0
  public var dr7: UInt64 = 0x400
  /// PDPTEs as loaded with CR3 (PAE paging, SDM 3A 4.4.1).
  public var pdpte = InlineArray<4, UInt64>(repeating: 0)
  public var msr = MSRState()
  public var fpu = FPUState()
  public var sse = SSEState()
  public var activity = Activity.running
  /// Interrupts wait for one more instruction (after STI, and after a load of SS).
  public var interruptShadow = false
  /// From the delivery of an NMI to the next IRET.
  public var nmiBlocked = false
  public var nmiPending = false
  public var initPending = false
  /// Debug conditions that wait, as bits of DR6; bit 32: the last instruction loaded SS, which holds them back.
  public var pendingDebug: UInt64 = 0
  /// The physical address of the line that MONITOR armed, a multiple of 64; 1 when there is none.
  public var monitorAddress: UInt64 = 1
  /// A digest of that line's contents when it was armed.
  public var monitorDigest: UInt64 = 0
  /// The level of the A20 gate: when low, bit 20 of physical addresses is 0.
  public var a20 = true
  /// The level of the interrupt request line.
  public var interruptLine = false
  /// Instructions retired since power on.
  public var retired: UInt64 = 0
  /// Counted from 0; 0 is the bootstrap processor.
  public var index: UInt8 = 0
  /// What the CPU model has, as in `CPUFeatures`.
  public var features: UInt64 = 0

  public init() {
    segments[1] = SegmentRegister(selector: 0xf000, attributes: 0x9b, base: 0xffff_0000, limit: 0xffff)
    segments[6] = SegmentRegister(selector: 0, attributes: 0x82, base: 0, limit: 0xffff)
    segments[7] = SegmentRegister(selector: 0, attributes: 0x8b, base: 0, limit: 0xffff)
    gpr[2] = 0x600
  }

  public static let table = StateTable<X86State>("x86-cpu") {
    saved(\.gpr)
    derived(\.zero)
    saved(\.rip)
    saved(\.rflags)
    nested(\.segments)
    nested(\.gdtr)
    nested(\.idtr)
    saved(\.cr0)
    saved(\.cr2)
    saved(\.cr3)
    saved(\.cr4)
    saved(\.breakpoint)
    saved(\.dr6)
    saved(\.dr7)
    saved(\.pdpte)
    nested(\.msr)
    nested(\.fpu)
    nested(\.sse)
    saved(\.activity)
    saved(\.interruptShadow)
    saved(\.nmiBlocked)
    saved(\.nmiPending)
    saved(\.initPending)
    saved(\.pendingDebug)
    saved(\.monitorAddress)
    saved(\.monitorDigest)
    saved(\.a20)
    saved(\.interruptLine)
    saved(\.retired)
    fixed(\.index)
    fixed(\.features)
  }
}

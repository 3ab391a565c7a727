public import SavedState

/// What an Integrator core module remembers.
public struct IntegratorCMState: DeviceState {
  /// MiB of SDRAM.
  public var memory: UInt32 = 128
  public var oscillator: UInt32 = 0x0100_0048
  public var control: UInt32 = 0
  /// The 16 bits that were last written to CM_LOCK.
  public var lock: UInt32 = 0
  public var auxiliaryOscillator: UInt32 = 0x0007_feff
  public var sdram: UInt32 = 0x0001_112e
  public var initialisation: UInt32 = 0x112
  /// When both counters were zero, in nanoseconds of the virtual clock.
  public var countsSince: Int64 = 0
  public var flags: UInt32 = 0
  /// Cleared by power on alone.
  public var nonVolatileFlags: UInt32 = 0
  public var irqEnable: UInt32 = 0
  public var fiqEnable: UInt32 = 0
  public var software: UInt32 = 0
  /// The settings of the converters behind CM_VOLTAGE_CTL0 to 3.
  public var voltages = InlineArray<4, UInt32>(repeating: 0)
  /// What the outputs were last driven to.
  public var irq = false
  public var fiq = false
  public var remap = false

  public init() {}

  /// After power on with `memory` MiB of SDRAM.
  init(memory: UInt32) {
    self.memory = memory
    sdram = 0x0001_1122 | Self.sizeCode(memory)
  }

  public static let table = StateTable<IntegratorCMState>("integrator-cm") {
    fixed(\.memory)
    saved(\.oscillator, in: 0...0x01ff_ffff)
    saved(\.control, where: { $0 & ~IntegratorCM.controlMask == 0 })
    saved(\.lock, in: 0...0xffff)
    saved(\.auxiliaryOscillator, in: 0...0x0007_ffff)
    saved(\.sdram, where: { $0 & ~0x000f_ff1f == 0x20 })
    saved(\.initialisation, in: 0...0x0003_ffff)
    saved(\.countsSince, in: 0...(1 << 62))
    saved(\.flags)
    saved(\.nonVolatileFlags)
    saved(\.irqEnable, in: 0...7)
    saved(\.fiqEnable, in: 0...7)
    saved(\.software, in: 0...1)
    saved(\.voltages, in: 0...0xff)
    derived(\.irq)
    derived(\.fiq)
    derived(\.remap)
  }

  /// The MEMSIZE field of CM_SDRAM, in its place.
  private static func sizeCode(_ megabytes: UInt32) -> UInt32 {
    switch megabytes {
    case 256...: 0x10
    case 128...: 0x0c
    case 64...: 0x08
    case 32...: 0x04
    default: 0
    }
  }

  var isUnlocked: Bool { lock == IntegratorCM.key }

  /// Sources of the module's own interrupt controller that are active.
  var raw: UInt32 { software }

  /// A 32-bit counter of a clock of so many MHz at `now`.
  func count(at now: Int64, megahertz: Int64) -> UInt32 {
    let (microseconds, rest) = (now &- countsSince).quotientAndRemainder(dividingBy: 1000)
    return UInt32(truncatingIfNeeded: microseconds &* megahertz &+ rest &* megahertz / 1000)
  }
}

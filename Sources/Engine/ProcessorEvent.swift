public import DeviceModel

/// What a CPU tells a log, just before it happens.
public enum ProcessorEvent: Sendable {
  /// What a log can ask for.
  public struct Kinds: OptionSet, Sendable, HostSide {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Instructions when they are decoded, before they run for the first time.
    public static let code = Kinds(rawValue: 1)
    /// Blocks of instructions, each time that one is executed.
    public static let blocks = Kinds(rawValue: 2)
    /// Interrupts and exceptions.
    public static let interrupts = Kinds(rawValue: 4)
    /// Page walks that fail, and what changes the map.
    public static let translations = Kinds(rawValue: 8)
    /// Host code when it is made.
    public static let hostCode = Kinds(rawValue: 16)
  }

  /// An instruction: its address as the program counter has it, its bytes, and the assembler's words.
  case code(address: UInt64, bytes: [UInt8], text: String)
  /// The host code of an instruction, as `code` has it, and where that begins; without text what is seldom run of its
  /// translation.
  case hostCode(address: UInt64, text: String?, host: UInt64, bytes: [UInt8])
  /// So many instructions from `address` on are executed, if nothing comes between; the address is the linear one on
  /// x86, the virtual one on ARM.
  case block(address: UInt64, instructions: Int)
  /// An interrupt or exception is taken.
  case interrupt(Interrupt)
  /// The tables lead nowhere for `address`, or forbid the access; `status` is the error code on x86, the fault status on
  /// ARM.
  case walkFailed(address: UInt64, access: String, status: UInt32)
  /// Remembered translations are forgotten: that of one page, or all.
  case flush(page: UInt64?)
  /// A register that translations depend on is written.
  case control(register: String, value: UInt64)

  /// One interrupt or exception.
  public struct Interrupt: Sendable {
    /// Where it came from.
    public enum Kind: String, Sendable {
      case exception
      case interrupt
      case nonMaskable = "NMI"
      case software = "software interrupt"
    }

    /// Where it came from.
    public let kind: Kind
    /// The vector's number.
    public let number: UInt8
    /// The manual's name, where it has one.
    public let name: String?
    /// The error code or fault status, where it has one.
    public let code: UInt32?
    /// The address whose access failed.
    public let address: UInt64?
    /// Where it will return to, or try again: linear on x86, virtual on ARM.
    public let programCounter: UInt64

    /// An interrupt or exception taken at `programCounter`.
    public init(
      _ kind: Kind, number: UInt8, name: String? = nil, code: UInt32? = nil, address: UInt64? = nil,
      programCounter: UInt64
    ) {
      self.kind = kind
      self.number = number
      self.name = name
      self.code = code
      self.address = address
      self.programCounter = programCounter
    }
  }
}

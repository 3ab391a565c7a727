import Bits
public import Peripherals
public import SavedState

/// What a PL041 remembers, with the codec on its link.
public struct PL041State: DeviceState {
  /// Samples in each FIFO.
  public var fifoDepth: UInt16 = 512
  public var channels = InlineArray<4, PL041Channel>(repeating: PL041Channel())
  /// What slots 1, 2 and 12 are to send, and have received, 20 bits each.
  public var slotOut = InlineArray<3, UInt32>(repeating: 0)
  public var slotIn = InlineArray<3, UInt32>(repeating: 0)
  /// Those of them that wait to be sent, and that have come and were not read: bits 0 to 2.
  public var slotWaits: UInt8 = 0
  public var slotValid: UInt8 = 0
  public var slotEnable: UInt8 = 0
  public var mainControl: UInt16 = 0
  /// The RESET register's bit: the codec is not held in reset.
  public var isCodecRunning = false
  public var isSyncForced = false
  /// The register whose contents the codec sends in the next frame; -1 for none.
  public var reply: Int16 = -1
  public var codec = LM4549()
  /// When the link began, in nanoseconds of the virtual clock, and how many frames it has carried since.
  public var linkStart: Int64 = 0
  public var frames: Int64 = 0
  /// What the interrupt line was last driven to.
  public var irq = false

  public init() {}

  public static let table = StateTable<PL041State>("pl041", validate: contradiction) {
    fixed(\.fifoDepth)
    nested(\.channels)
    saved(\.slotOut, in: 0...0xf_ffff)
    saved(\.slotIn, in: 0...0xf_ffff)
    saved(\.slotWaits, in: 0...7)
    saved(\.slotValid, in: 0...7)
    saved(\.slotEnable)
    saved(\.mainControl, in: 0...0xfff)
    saved(\.isCodecRunning)
    saved(\.isSyncForced)
    saved(\.reply, in: -1...0x7f)
    nested(\.codec)
    saved(\.linkStart, in: 0...(1 << 62))
    saved(\.frames, in: 0...(1 << 48))
    derived(\.irq)
  }

  private static func contradiction(_ state: PL041State) -> String? {
    for index in 0..<4 {
      let channel = state.channels[index]
      if max(channel.sendFIFO.count, channel.receiveFIFO.count) > state.depth {
        return "a FIFO holds more than its depth"
      }
    }
    return nil
  }

  var depth: Int32 { Int32(fifoDepth) }

  /// The SLFR register: valid and empty slots, and those that wait for their frame.
  var slotFlags: UInt32 {
    var value: UInt32 = 0
    for index in 0..<3 {
      value |= slotWaits.bit(index) ? 2 << UInt32(2 * index) : 0x80 << UInt32(2 * index)
      if slotValid.bit(index) { value |= 0x40 << UInt32(2 * index) }
    }
    return value
  }

  /// The SLISTAT register: valid and empty slots that are enabled.
  var slotInterrupts: UInt32 { slotFlags >> 6 & UInt32(slotEnable) }

  /// The ALLINTS register: seven bits for each channel, and whether a slot interrupts.
  var allInterrupts: UInt32 {
    var value: UInt32 = slotInterrupts != 0 ? 1 << 28 : 0
    for index in 0..<4 { value |= UInt32(channels[index].interrupts(depth)) << UInt32(7 * index) }
    return value
  }

  var isBusy: Bool { slotWaits != 0 || (0..<4).contains { channels[$0].isSending } }

  /// The link carries frames: the interface is on, the codec is not in reset and has not switched the clock off.
  var isLinkRunning: Bool { mainControl.bit(0) && isCodecRunning && !codec.isLinkOff }
}

import Bits
public import SavedState

/// The LAN91C111's internal PHY: its registers, and the serial port that they are reached by.
public struct SMCPHY: DeviceState {
  /// Where a management frame is.
  public enum Phase: UInt8, Wire, Sendable, CaseIterable {
    case idle
    case header
    case read
    case write
  }

  public var control: UInt16 = 0x3000
  public var advertisement: UInt16 = 0x01e1
  public var configuration1: UInt16 = 0x0022
  public var configuration2: UInt16 = 0xff00
  public var mask: UInt16 = 0xffc0
  public var reserved: UInt16 = 0x00a0
  /// What register 18 was when it was last read; differences interrupt.
  public var seen: UInt16 = 0x0080
  /// The link was down since register 1 was last read.
  public var wasLost = false
  /// RPCR's choice: ANEG, SPEED and DPLX in bits 2, 1 and 0.
  public var pins: UInt8 = 0
  public var phase = Phase.idle
  /// Ones of the preamble, up to 32.
  public var ones: UInt8 = 0
  /// Bits of the present phase that have gone over the line, and those bits, or those still to come.
  public var count: UInt8 = 0
  public var shift: UInt32 = 0
  /// There is a cable with somebody at its end.
  public var hasCable = true

  public init() {}

  public static let table = StateTable<SMCPHY>("smc91c111-phy") {
    saved(\.control)
    saved(\.advertisement)
    saved(\.configuration1)
    saved(\.configuration2)
    saved(\.mask)
    saved(\.reserved)
    saved(\.seen)
    saved(\.wasLost)
    saved(\.pins, in: 0...7)
    saved(\.phase)
    saved(\.ones, in: 0...32)
    saved(\.count, in: 0...31)
    saved(\.shift)
    derived(\.hasCable)
  }

  // MARK: The link

  /// The receiver is on and hears the far end, or is told not to listen for it.
  var isLinkUp: Bool { (hasCable || configuration1.bit(15)) && !control.bit(11) }
  private var negotiates: Bool { control.bit(12) && pins.bit(2) }
  /// What the far end can do: both speeds, both duplexes.
  private static let partner: UInt16 = 0x45e1
  private var common: UInt16 { advertisement & Self.partner }

  /// 100 Mbit/s; negotiated, chosen by RPCR, or chosen here.
  var isFast: Bool {
    if negotiates { return common & 0x0180 != 0 }
    return control.bit(12) ? pins.bit(1) : control.bit(13)
  }
  var isFullDuplex: Bool {
    if negotiates { return common.bit(8) || common & 0x00c0 == 0x0040 }
    return control.bit(12) ? pins.bit(0) : control.bit(8)
  }
  var isLooped: Bool { control.bit(14) }

  /// Register 18 without its interrupt bit.
  private var output: UInt16 { (isLinkUp ? 0 : 0x4000) | (isFast ? 0x80 : 0) | (isFullDuplex ? 0x40 : 0) }

  /// Something that is not masked has changed since register 18 was read.
  var isInterrupting: Bool { (output ^ seen) & 0x7fc0 & ~mask != 0 }

  // MARK: Registers

  private mutating func read(_ register: UInt8) -> UInt16 {
    switch register {
    case 0: return control
    case 1:
      let isUp = isLinkUp && !wasLost
      wasLost = !isLinkUp
      return 0x7809 | (isUp ? 0x0004 : 0) | (isLinkUp && negotiates ? 0x0020 : 0)
    case 2: return 0x0016
    case 3: return 0xf840
    case 4: return advertisement
    case 5: return isLinkUp && negotiates ? Self.partner : 0
    case 16: return configuration1
    case 17: return configuration2
    case 18:
      let value = output | (isInterrupting ? 0x8000 : 0)
      seen = output
      return value
    case 19: return mask
    case 20: return reserved
    default: return 0xffff
    }
  }

  private mutating func write(_ value: UInt16, _ register: UInt8) {
    switch register {
    case 0 where value.bit(15):
      let (pins, hasCable) = (pins, hasCable)
      self = SMCPHY()
      (self.pins, self.hasCable) = (pins, hasCable)
    // A restart of the negotiation has ended before anybody can look.
    case 0: control = value & 0x7d80
    case 4: advertisement = value & 0xbfff
    case 16: configuration1 = value
    case 17: configuration2 = value
    case 19: mask = value & 0xffc0
    case 20: reserved = value
    default: break
    }
  }

  // MARK: The serial port

  /// What is on the data line when the host does not drive it: low where the PHY does not either, so that drivers
  /// which look for a PHY at every address find none at the others.
  var isLineHigh: Bool { phase == .read && shift.bit(17) }

  /// A rising edge of the clock, with what the host drives the data line to; nil when it does not.
  mutating func clock(_ bit: Bool?) {
    switch phase {
    case .idle:
      guard let bit else {
        ones = 0
        return
      }
      if bit {
        ones = min(32, ones + 1)
      } else {
        if ones == 32 { (phase, count, shift) = (.header, 1, 0) }
        ones = 0
      }
    case .header:
      shift = shift << 1 | (bit == true ? 1 : 0)
      count = (count + 1) & 31
      if count == 14 { beginTransfer() }
    case .read:
      // Two bits of turnaround and sixteen of data.
      shift <<= 1
      count = (count + 1) & 31
      if count == 18 { phase = .idle }
    case .write:
      shift = shift << 1 | (bit == true ? 1 : 0)
      count = (count + 1) & 31
      guard count == 18 else { return }
      let register = UInt8(truncatingIfNeeded: shift >> 18 & 0x1f)
      phase = .idle
      write(UInt16(truncatingIfNeeded: shift), register)
    }
  }

  /// Start, operation, PHY and register have come: the internal PHY has address 0.
  private mutating func beginTransfer() {
    let header = shift & 0x3fff
    count = 0
    guard header >> 12 == 1, header >> 5 & 0x1f == 0 else {
      phase = .idle
      return
    }
    switch header >> 10 & 3 {
    case 2:
      phase = .read
      shift = UInt32(read(UInt8(header & 0x1f)))
    case 1:
      phase = .write
      shift = header & 0x1f
    default: phase = .idle
    }
  }
}

import Bits
public import SavedState

/// National Semiconductor's LM4549 AC'97 codec (Rev 2.1), as its registers show it. Volumes are kept and not applied:
/// what it plays goes to the host as it comes.
public struct LM4549: DeviceState {
  /// The registers, one for each even address.
  public var registers = Self.resetValues

  public init() {}

  public static let table = StateTable<LM4549>("lm4549", validate: contradiction) {
    saved(\.registers)
  }

  private static func contradiction(_ codec: LM4549) -> String? {
    let rates = [codec.registers[Self.dacRate], codec.registers[Self.adcRate]]
    return rates.allSatisfy { (4000...48000).contains($0) } ? nil : "a sample rate is not within 4000...48000"
  }

  private static let powerDown = 0x26 / 2
  private static let extendedControl = 0x2a / 2
  private static let dacRate = 0x2c / 2
  private static let adcRate = 0x32 / 2

  private static let resetValues: InlineArray<64, UInt16> = {
    var values = InlineArray<64, UInt16>(repeating: 0)
    let known: [(Int, UInt16)] = [
      (0x00, 0x0d50), (0x02, 0x8000), (0x04, 0x8000), (0x06, 0x8000), (0x0c, 0x8008), (0x0e, 0x8008), (0x10, 0x8808),
      (0x12, 0x8808), (0x14, 0x8808), (0x16, 0x8808), (0x18, 0x8808), (0x1c, 0x8000), (0x22, 0x0101), (0x28, 0x0001),
      (0x2c, 0xbb80), (0x32, 0xbb80), (0x7c, 0x4e53), (0x7e, 0x4331),
    ]
    for (address, value) in known { values[address / 2] = value }
    return values
  }()

  /// The bits of each register that can be written; registers that are not here cannot.
  private static let writable: InlineArray<64, UInt16> = {
    var masks = InlineArray<64, UInt16>(repeating: 0)
    let known: [(Int, UInt16)] = [
      (0x02, 0x9f1f), (0x04, 0x9f1f), (0x06, 0x801f), (0x0a, 0x801e), (0x0c, 0x801f), (0x0e, 0x805f), (0x10, 0x9f1f),
      (0x12, 0x9f1f), (0x14, 0x9f1f), (0x16, 0x9f1f), (0x18, 0x9f1f), (0x1a, 0x0707), (0x1c, 0x8f0f), (0x20, 0xa380),
      (0x26, 0xff00), (0x2a, 0x0001),
    ]
    for (address, value) in known { masks[address / 2] = value }
    return masks
  }()

  // MARK: Registers

  /// The register at an even address below 0x80; there is nothing at odd ones.
  public func read(_ address: UInt8) -> UInt16 {
    guard address & 1 == 0 else { return 0 }
    let index = Int(address >> 1 & 63)
    let value = registers[index]
    guard index == Self.powerDown else { return value }
    // Reference, mixer, DAC and ADC are ready unless they are switched off.
    let isOff = value >> 8
    let reference: UInt16 = isOff.bit(3) ? 0 : 8
    let mixer: UInt16 = isOff & 0x0c != 0 ? 0 : 4
    return value & 0xff00 | reference | mixer | (isOff.bit(1) ? 0 : 2) | (isOff.bit(0) ? 0 : 1)
  }

  /// Writes the register at an even address.
  public mutating func write(_ value: UInt16, _ address: UInt8) {
    guard address & 1 == 0 else { return }
    let index = Int(address >> 1 & 63)
    switch index {
    case 0: self = LM4549()
    case Self.dacRate, Self.adcRate:
      // Rates are fixed until variable ones are switched on, and cannot leave their range.
      if registers[Self.extendedControl].bit(0) { registers[index] = min(max(value, 4000), 48000) }
    default:
      let mask = Self.writable[index]
      registers[index] = registers[index] & ~mask | value & mask
      if index == Self.extendedControl, !value.bit(0) {
        registers[Self.dacRate] = 48000
        registers[Self.adcRate] = 48000
      }
    }
  }

  // MARK: The link

  /// Frames a second that it plays, and records.
  public var playRate: Int { Int(registers[Self.dacRate]) }
  public var recordRate: Int { Int(registers[Self.adcRate]) }

  /// PR4: the codec has switched the link's clock off.
  public var isLinkOff: Bool { registers[Self.powerDown].bit(12) }

  /// A warm reset: the link's clock comes back.
  public mutating func wake() { registers[Self.powerDown].setBit(12, false) }

  /// Whether a sample of a stream at `rate` goes in frame `number` of the link's 48000 a second.
  public static func isDue(rate: Int, frame number: Int64) -> Bool {
    let rate = Int64(rate)
    let place = number % 48000
    return (place + 1) * rate / 48000 != place * rate / 48000
  }
}

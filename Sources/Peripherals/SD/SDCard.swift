public import DeviceModel
public import SavedState

/// An SD memory card on its native bus (SD Physical Layer Simplified Specification 2.00): commands and bytes in,
/// responses and bytes out. Its blocks are those of a disk image, which the owner passes with every call.
///
/// Up to 2 GiB it is a standard capacity card, with byte addresses and CSD version 1.0; above it is SDHC. Times are
/// nanoseconds of the virtual clock.
public struct SDCard: DeviceState {
  /// The card's state (4.1 to 4.3); the raw values are CURRENT_STATE of the card status.
  public enum Phase: UInt8, Wire, Sendable, CaseIterable {
    case idle = 0
    case ready = 1
    case identification = 2
    case standby = 3
    case transfer = 4
    case data = 5
    case receive = 6
    case programming = 7
    case disconnect = 8
    /// Until the power goes off it hears nothing.
    case inactive = 15
  }

  /// What the data line is used for.
  public enum Transfer: UInt8, Wire, Sendable, CaseIterable {
    case none
    case readBlock
    case readBlocks
    case writeBlock
    case writeBlocks
    /// A register or a status goes out.
    case register
    /// CMD27: the CSD comes in.
    case csd
  }

  /// Blocks of 512 bytes; 0 when the slot is empty.
  public var sectors: Int64 = 0
  /// The image cannot be written: the sliding tab on the card is at "lock".
  public var isLocked = false
  public var phase = Phase.idle
  public var relativeAddress: UInt16 = 0
  /// Errors and events of the card status that no response has told yet.
  public var status: UInt32 = 0
  /// CMD55 went before: the next command is an application's.
  public var isApplication = false
  /// The host has used CMD8, so it knows cards of high capacity.
  public var knowsHost = false
  /// CMD16's.
  public var blockLength: UInt16 = 512
  /// Data on four lines.
  public var isWide = false
  /// Function 1 of group 1: 50 MHz.
  public var isHighSpeed = false
  /// COPY, PERM_WRITE_PROTECT and TMP_WRITE_PROTECT as in the CSD's bits 14-12; nonvolatile.
  public var csdFlags: UInt8 = 0
  /// First and last address to be erased, in bytes; -1 for none yet.
  public var eraseStart: Int64 = -1
  public var eraseEnd: Int64 = -1
  public var transfer = Transfer.none
  /// Where the present block lies, in bytes.
  public var address: Int64 = 0
  /// The present block; the first `position` bytes of `length` have gone over the line.
  public var buffer = InlineArray<512, UInt8>(repeating: 0)
  public var position: UInt16 = 0
  public var length: UInt16 = 512
  /// Blocks that the last write command has stored.
  public var written: UInt32 = 0
  /// Data line 0 is held low until then; -1 for not at all.
  public var busyEnd: Int64 = -1

  public init() {}

  public static let table = StateTable<SDCard>("sd-card", validate: contradiction) {
    fixed(\.sectors, doc: "blocks of 512 bytes, 0 for no card")
    fixed(\.isLocked)
    saved(\.phase)
    saved(\.relativeAddress)
    saved(\.status, where: { $0 & ~SDStatus.held == 0 })
    saved(\.isApplication)
    saved(\.knowsHost)
    saved(\.blockLength, in: 1...512)
    saved(\.isWide)
    saved(\.isHighSpeed)
    saved(\.csdFlags, in: 0...7)
    saved(\.eraseStart, in: -1...(1 << 62))
    saved(\.eraseEnd, in: -1...(1 << 62))
    saved(\.transfer)
    saved(\.address, in: 0...(1 << 62))
    saved(\.buffer)
    saved(\.position, in: 0...511)
    saved(\.length, in: 1...512)
    saved(\.written)
    saved(\.busyEnd, in: -1...(1 << 62))
  }

  private static func contradiction(_ card: SDCard) -> String? {
    card.position >= card.length ? "the block ends before the byte that is next" : nil
  }

  // MARK: The card in its slot

  /// Takes up the disk that the board has for it. Called once, when the board is built.
  public mutating func insert(_ disk: (any BlockBackend)?) {
    sectors = disk.map { Self.capacity(of: $0.size) / 512 } ?? 0
    isLocked = disk?.isReadOnly ?? false
  }

  /// Whether there is a card.
  public var isInserted: Bool { sectors > 0 }

  /// Off and on again: all is forgotten but what is nonvolatile.
  public mutating func powerCycle() {
    let old = self
    self = SDCard()
    (sectors, isLocked, csdFlags) = (old.sectors, old.isLocked, old.csdFlags)
  }

  // MARK: Capacity

  static let largestStandard: Int64 = 2 << 30
  /// More than 2 GiB: SDHC, with addresses in blocks.
  var isHighCapacity: Bool { sectors > Self.largestStandard / 512 }
  /// Bytes.
  var capacity: Int64 { sectors &* 512 }

  /// How many of a disk's bytes a card can have: CSDs count in units that grow with the size, 2 KiB on the smallest
  /// cards and 512 KiB on the largest.
  public static func capacity(of size: Int64) -> Int64 { size / unit(for: size) * unit(for: size) }

  /// The unit, in bytes, in which the CSD of a card of `size` bytes counts; sizes that are multiples of it are exact.
  public static func unit(for size: Int64) -> Int64 {
    var unit: Int64 = 2048
    while unit < 512 << 10, size / unit > 4096 { unit *= 2 }
    return unit
  }

  // MARK: Time

  /// How long a block takes to be programmed, and an area to be erased.
  static let programTime: Int64 = 100_000
  static let eraseTime: Int64 = 1_000_000

  /// Whether data line 0 is held low.
  public func isBusy(now: Int64) -> Bool { now < busyEnd }

  /// Programming that has ended by `now` has ended.
  mutating func advance(to now: Int64) {
    guard !isBusy(now: now) else { return }
    busyEnd = -1
    if phase == .programming { phase = .transfer }
    if phase == .disconnect { phase = .standby }
  }
}

public import Bits
public import SavedState

/// What a LAN91C111 remembers.
public struct SMC91C111State: DeviceState {
  /// The EEPROM's.
  public var address = InlineArray<6, UInt8>(repeating: 0)
  public var bank: UInt8 = 0
  public var sendControl: UInt16 = 0
  public var status: UInt16 = 0
  public var receiveControl: UInt16 = 0
  public var phyControl: UInt16 = 0
  public var configuration: UInt16 = 0xa0b1
  public var base: UInt16 = 0x1801
  /// IA0 to IA5.
  public var station = InlineArray<6, UInt8>(repeating: 0)
  public var general: UInt16 = 0
  public var control: UInt16 = 0x1210
  public var packetNumber: UInt8 = 0
  /// The allocation result, with FAILED in bit 7.
  public var allocation: UInt8 = 0x80
  public var pointer: UInt16 = 0
  public var interruptMask: UInt8 = 0
  /// MDINT, RX_OVRN and TX EMPTY in their places; the others follow from what causes them.
  public var latched: UInt8 = 0x04
  /// The link has changed: an EPH interrupt's cause.
  public var hasLinkChanged = false
  public var multicast = InlineArray<8, UInt8>(repeating: 0)
  public var management: UInt16 = 0
  public var earlyReceive: UInt16 = 0x001f
  /// Four pages of 2 KiB.
  public var memory = InlineArray<8192, UInt8>(repeating: 0)
  /// Pages that are taken, a bit for each.
  public var allocated: UInt8 = 0
  /// A transmit allocation waits for a page.
  public var isAllocating = false
  /// Packet numbers that wait to be sent, that have been, and that have been received.
  public var sendQueue = FixedQueue<4, UInt8>(filler: 0)
  public var doneQueue = FixedQueue<4, UInt8>(filler: 0)
  public var receiveQueue = FixedQueue<4, UInt8>(filler: 0)
  /// When the frame on the wire has left, in nanoseconds of the virtual clock; -1 for none.
  public var sendEnd: Int64 = -1
  public var phy = SMCPHY()
  /// The PHY's interrupt, as it was last seen.
  public var wasInterrupting = false
  /// What the interrupt line was last driven to.
  public var irq = false

  public init() {}

  public static let table = StateTable<SMC91C111State>("smc91c111", validate: contradiction) {
    fixed(\.address)
    saved(\.bank, in: 0...7)
    saved(\.sendControl, where: { $0 & ~sendControlBits == 0 })
    saved(\.status)
    saved(\.receiveControl, where: { $0 & ~receiveControlBits == 0 })
    saved(\.phyControl, where: { $0 & ~phyControlBits == 0 })
    saved(\.configuration, where: { $0 & ~configurationBits == 0x20b1 })
    saved(\.base)
    saved(\.station)
    saved(\.general)
    saved(\.control, where: { $0 & ~controlBits == 0x1210 })
    saved(\.packetNumber, in: 0...0x3f)
    saved(\.allocation, where: { $0 == 0x80 || $0 < 4 })
    saved(\.pointer, where: { $0 & 0x0800 == 0 })
    saved(\.interruptMask)
    saved(\.latched, where: { $0 & ~0x94 == 0 })
    saved(\.hasLinkChanged)
    saved(\.multicast)
    saved(\.management, where: { $0 & ~managementBits == 0 })
    saved(\.earlyReceive, where: { $0 & ~0x9f == 0 })
    saved(\.memory)
    saved(\.allocated, in: 0...0xf)
    saved(\.isAllocating)
    list(\.sendQueue, max: 4, where: { $0 < 4 })
    list(\.doneQueue, max: 4, where: { $0 < 4 })
    list(\.receiveQueue, max: 4, where: { $0 < 4 })
    saved(\.sendEnd, in: -1...(1 << 62))
    nested(\.phy)
    saved(\.wasInterrupting)
    derived(\.irq)
  }

  static let sendControlBits: UInt16 = 0xbd87
  static let receiveControlBits: UInt16 = 0xe307
  static let phyControlBits: UInt16 = 0x38fc
  static let configurationBits: UInt16 = 0x9600
  static let controlBits: UInt16 = 0x48e4
  static let managementBits: UInt16 = 0x400d

  private static func contradiction(_ state: SMC91C111State) -> String? {
    state.sendEnd >= 0 && state.sendQueue.isEmpty ? "a frame is on the wire and none is queued" : nil
  }

  // MARK: Registers

  var isSendEnabled: Bool { sendControl.bit(0) }
  /// Reception is on, and the chip neither held in reset nor without power.
  var isReceiveEnabled: Bool { receiveControl & 0x8100 == 0x0100 && configuration.bit(15) }

  /// The interrupt status register: TX EMPTY stays until it is acknowledged after the queue has filled.
  var interrupts: UInt8 {
    var value = latched
    if !receiveQueue.isEmpty { value |= 0x01 }
    if !doneQueue.isEmpty { value |= 0x02 }
    if sendQueue.isEmpty { value |= 0x04 }
    if allocation & 0x80 == 0 { value |= 0x08 }
    // Link changes, and what has stopped the transmitter.
    if control.bit(7) && hasLinkChanged || control.bit(5) && !isSendEnabled && status & 0x8e30 != 0 { value |= 0x20 }
    return value
  }

  var ephStatus: UInt16 { status & ~0x4000 | (phy.isLinkUp ? 0x4000 : 0) }

  // MARK: Pages

  /// The lowest free page, taken; nil when none is free.
  mutating func takePage() -> UInt8? {
    for page: UInt8 in 0..<4 where !allocated.bit(Int(page)) {
      allocated.setBit(Int(page), true)
      return page
    }
    return nil
  }

  /// Gives a page back; a transmit allocation that waits gets it.
  mutating func release(_ page: UInt8) {
    allocated.setBit(Int(page & 3), false)
    allocate()
  }

  /// Answers a transmit allocation that waits, if there is a page for it.
  mutating func allocate() {
    guard isAllocating, let page = takePage() else { return }
    isAllocating = false
    allocation = page
  }

  /// Byte `offset` of a page; offsets wrap.
  subscript(page: UInt8, offset: UInt16) -> UInt8 {
    get { memory[Int(page & 3) << 11 | Int(offset & 0x7ff)] }
    set { memory[Int(page & 3) << 11 | Int(offset & 0x7ff)] = newValue }
  }

  func word(_ page: UInt8, _ offset: UInt16) -> UInt16 {
    UInt16(self[page, offset]) | UInt16(self[page, offset &+ 1]) << 8
  }

  mutating func setWord(_ page: UInt8, _ offset: UInt16, _ value: UInt16) {
    self[page, offset] = UInt8(truncatingIfNeeded: value)
    self[page, offset &+ 1] = UInt8(truncatingIfNeeded: value >> 8)
  }
}

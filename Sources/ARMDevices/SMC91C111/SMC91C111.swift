import Bits
public import DeviceModel
import SavedState

/// The SMSC LAN91C111 Ethernet controller with its internal PHY (data sheet "LAN91C111 10/100 Non-PCI Ethernet Single
/// Chip MAC + PHY").
///
/// The network behind it has neither collisions nor errors: their counters and flags stay zero. Frames leave in the
/// time that they take on the wire and come in at once. Without a back end the cable is plugged in and nothing is
/// ever heard.
public final class SMC91C111: Device {
  public static let model = Model(
    "smc91c111", "LAN91C111 Ethernet controller",
    regions: [RegionModel("registers", .memory, size: 16, widths: 1...4)],
    outputs: ["irq"],
    parameters: [
      ParameterModel("mac", .ethernetAddress, default: usualAddress, "the address in its EEPROM")
    ],
    backends: ["net"])

  /// The address of one that was given none.
  public static let usualAddress = "52:54:00:12:34:56"

  /// Bank 0, as it is after a reset; the others lie behind BANK.
  public static let registers = [
    RegisterRow("TCR", at: 0x0, width: 2, .readWrite, mask: 0xbd87),
    RegisterRow("EPH_STATUS", at: 0x2, width: 2, .readOnly, reset: 0x4000),
    RegisterRow("RCR", at: 0x4, width: 2, .readWrite, isVolatile: true),
    RegisterRow("COUNTER", at: 0x6, width: 2, .readOnly),
    RegisterRow("MIR", at: 0x8, width: 2, .readOnly, reset: 0x0404),
    RegisterRow("RPCR", at: 0xa, width: 2, .readWrite, mask: 0x38fc),
    RegisterRow("BANK", at: 0xe, width: 2, .readWrite, reset: 0x3300, mask: 0x0007, isVolatile: true),
    RegisterRow("CONFIG", at: 0x0, width: 2, .readWrite, reset: nil, select: [bank(1)]),
    RegisterRow("BASE", at: 0x2, width: 2, .readWrite, reset: nil, select: [bank(1)]),
    RegisterRow("IA", at: 0x4, width: 2, count: 3, .readWrite, reset: nil, select: [bank(1)]),
    RegisterRow("GENERAL", at: 0xa, width: 2, .readWrite, reset: nil, select: [bank(1)]),
    RegisterRow("CONTROL", at: 0xc, width: 2, .readWrite, reset: nil, select: [bank(1)]),
    RegisterRow("MMU_COMMAND", at: 0x0, width: 2, .readWrite, reset: nil, select: [bank(2)]),
    RegisterRow("PNR_ARR", at: 0x2, width: 2, .readWrite, reset: nil, select: [bank(2)]),
    RegisterRow("FIFO_PORTS", at: 0x4, width: 2, .readOnly, reset: nil, select: [bank(2)]),
    RegisterRow("POINTER", at: 0x6, width: 2, .readWrite, reset: nil, select: [bank(2)]),
    RegisterRow("DATA", at: 0x8, width: 4, .readWrite, reset: nil, select: [bank(2)]),
    RegisterRow("INTERRUPT", at: 0xc, width: 2, .readWrite, reset: nil, select: [bank(2)]),
    RegisterRow("MT", at: 0x0, width: 2, count: 4, .readWrite, reset: nil, select: [bank(3)]),
    RegisterRow("MGMT", at: 0x8, width: 2, .readWrite, reset: nil, select: [bank(3)]),
    RegisterRow("REVISION", at: 0xa, width: 2, .readOnly, reset: nil, select: [bank(3)]),
    RegisterRow("ERCV", at: 0xc, width: 2, .readWrite, reset: nil, select: [bank(3)]),
  ]

  /// What has to be written before a register of that bank is at its offset.
  private static func bank(_ number: UInt64) -> RegisterWrite { RegisterWrite(number, at: 0xe, width: 2) }

  public typealias State = SMC91C111State

  public var state = SMC91C111State()
  let site: Site
  let clock: VirtualClock
  let network: (any NetworkBackend)?
  private let irq: Line
  let timer: Timer

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    network = site.backends["net"] as? any NetworkBackend
    irq = site.line("irq")
    timer = site.clock.makeTimer()
    state.address = site.ethernetAddress("mac", Self.model).bytes
    state.station = state.address
    timer.onFire = { [unowned self] in
      sent()
      update()
    }
    network?.onFrame = { [unowned self] frame in
      let isTaken = arrive(frame, canWait: network?.waits ?? false)
      update()
      return isTaken
    }
    network?.onLink = { [unowned self] in
      linkChanged()
      update()
    }
    settle()
  }

  public func reset() {
    let address = state.address
    state = SMC91C111State()
    state.address = address
    state.station = address
    settle()
    network?.resume()
  }

  public func settle() {
    state.phy.hasCable = network?.isLinkUp ?? true
    timer.set(state.sendEnd < 0 ? nil : state.sendEnd)
    state.irq = state.interrupts & state.interruptMask != 0
    irq.set(state.irq)
  }

  /// After anything that can interrupt.
  func update() {
    let isInterrupting = state.phy.isInterrupting
    if isInterrupting, !state.wasInterrupting { state.latched |= 0x80 }
    state.wasInterrupting = isInterrupting
    let level = state.interrupts & state.interruptMask != 0
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
  }

  private func linkChanged() {
    let wasUp = state.phy.isLinkUp
    state.phy.hasCable = network?.isLinkUp ?? true
    guard state.phy.isLinkUp != wasUp else { return }
    if wasUp { state.phy.wasLost = true }
    state.hasLinkChanged = true
  }

  // MARK: The bus

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let offset = Int(offset & 0xf)
    if state.bank == 2, 0x8..<0xc ~= offset { return readData(width) }
    defer { update() }
    var value: UInt64 = 0
    for index in 0..<width {
      let place = (offset + index) & 0xf
      let word = register(place & ~1)
      value |= UInt64(word >> UInt16(place & 1 * 8) & 0xff) << UInt64(index * 8)
    }
    return value
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let offset = Int(offset & 0xf)
    if state.bank == 2, 0x8..<0xc ~= offset { return writeData(value, width) }
    defer { update() }
    var place = offset
    var rest = value
    var left = width
    // A doubleword at 0xc writes the bank alone.
    if width == 4, offset == 0xc { (place, rest, left) = (0xe, value >> 16, 2) }
    while left > 0 {
      let isWord = place & 1 == 0 && left >= 2
      let lanes: UInt16 = isWord ? 0xffff : place & 1 == 0 ? 0x00ff : 0xff00
      let word = UInt16(truncatingIfNeeded: rest) << UInt16(place & 1 * 8)
      setRegister(place & 0xe, word, lanes)
      let step = isWord ? 2 : 1
      (place, rest, left) = (place + step, rest >> UInt64(step * 8), left - step)
    }
  }

  // MARK: The data register

  /// The page that the pointer points into: the received packet's, or that of the packet number register.
  private var page: UInt8? { state.pointer.bit(15) ? state.receiveQueue.first : state.packetNumber & 3 }

  private func readData(_ width: Int) -> UInt64 {
    guard let page else {
      site.guestError("DATA is read while no frame was received")
      return 0
    }
    var value: UInt64 = 0
    for index in 0..<width {
      value |= UInt64(state[page, state.pointer &+ UInt16(index)]) << UInt64(index * 8)
    }
    advancePointer(width)
    return value
  }

  private func writeData(_ value: UInt64, _ width: Int) {
    guard let page else { return site.guestError("DATA is written to a received frame that there is not") }
    for index in 0..<width {
      state[page, state.pointer &+ UInt16(index)] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
    }
    advancePointer(width)
  }

  private func advancePointer(_ width: Int) {
    guard state.pointer.bit(14) else { return }
    state.pointer = state.pointer & 0xf000 | (state.pointer &+ UInt16(width)) & 0x07ff
  }
}

import Bits
import DeviceModel

/// The banks of registers.
extension SMC91C111 {
  /// The word at an even offset of the present bank.
  func register(_ offset: Int) -> UInt16 {
    if offset == 0xe { return 0x3300 | UInt16(state.bank) }
    switch (state.bank, offset) {
    case (0, 0x0): return state.sendControl
    case (0, 0x2): return state.ephStatus
    case (0, 0x4): return state.receiveControl
    case (0, 0x8): return UInt16(4 - state.allocated.nonzeroBitCount) << 8 | 4
    case (0, 0xa): return state.phyControl
    case (1, 0x0): return state.configuration
    case (1, 0x2): return state.base
    case (1, 0x4), (1, 0x6), (1, 0x8):
      return UInt16(state.station[offset - 4]) | UInt16(state.station[offset - 3]) << 8
    case (1, 0xa): return state.general
    case (1, 0xc): return state.control
    case (2, 0x2): return UInt16(state.packetNumber) | UInt16(state.allocation) << 8
    case (2, 0x4): return UInt16(state.doneQueue.first ?? 0x80) | UInt16(state.receiveQueue.first ?? 0x80) << 8
    case (2, 0x6): return state.pointer
    case (2, 0xc): return UInt16(state.interrupts) | UInt16(state.interruptMask) << 8
    case (3, 0x0...0x6): return UInt16(state.multicast[offset]) | UInt16(state.multicast[offset + 1]) << 8
    case (3, 0x8): return 0x3330 | state.management | (isDataHigh ? 2 : 0)
    case (3, 0xa): return 0x3391
    case (3, 0xc): return 0x3300 | state.earlyReceive
    // No chip hangs on the bus of bank 7.
    case (7, _): return 0xffff
    default: return 0
    }
  }

  /// Writes the bytes of a register that `lanes` has ones for.
  func setRegister(_ offset: Int, _ value: UInt16, _ lanes: UInt16) {
    func merged(_ old: UInt16, _ writable: UInt16) -> UInt16 {
      old & ~(lanes & writable) | value & lanes & writable
    }
    if offset == 0xe {
      if lanes & 0xff != 0 { state.bank = UInt8(value & 7) }
      return
    }
    switch (state.bank, offset) {
    case (0, 0x0):
      let wasEnabled = state.isSendEnabled
      state.sendControl = merged(state.sendControl, State.sendControlBits)
      // What has stopped the transmitter is forgotten when it goes on.
      if state.isSendEnabled, !wasEnabled { state.status &= ~0x8e30 }
      startSending()
    case (0, 0x4): setReceiveControl(merged(state.receiveControl, State.receiveControlBits))
    case (0, 0xa):
      state.phyControl = merged(state.phyControl, State.phyControlBits)
      state.phy.pins =
        (state.phyControl.bit(11) ? 4 : 0) | (state.phyControl.bit(13) ? 2 : 0) | (state.phyControl.bit(12) ? 1 : 0)
    case (1, 0x0): state.configuration = merged(state.configuration, State.configurationBits)
    case (1, 0x2): state.base = merged(state.base, 0xff00)
    case (1, 0x4), (1, 0x6), (1, 0x8):
      if lanes & 0xff != 0 { state.station[offset - 4] = UInt8(truncatingIfNeeded: value) }
      if lanes & 0xff00 != 0 { state.station[offset - 3] = UInt8(truncatingIfNeeded: value >> 8) }
    case (1, 0xa): state.general = merged(state.general, 0xffff)
    case (1, 0xc):
      state.control = merged(state.control, State.controlBits)
      if !state.control.bit(7) { state.hasLinkChanged = false }
      // RELOAD: what the EEPROM has comes back; the bit has cleared itself before it can be read.
      if value & lanes & 2 != 0 { state.station = state.address }
      if value & lanes & 1 != 0 { site.unimplemented("storing into the EEPROM") }
    case (2, 0x0): if lanes & 0xff != 0 { command(UInt8(truncatingIfNeeded: value)) }
    case (2, 0x2): if lanes & 0xff != 0 { state.packetNumber = UInt8(value & 0x3f) }
    case (2, 0x6): state.pointer = merged(state.pointer, 0xf7ff)
    case (2, 0xc):
      if lanes & 0xff != 0 { acknowledge(UInt8(truncatingIfNeeded: value)) }
      if lanes & 0xff00 != 0 { state.interruptMask = UInt8(truncatingIfNeeded: value >> 8) }
    case (3, 0x0...0x6):
      if lanes & 0xff != 0 { state.multicast[offset] = UInt8(truncatingIfNeeded: value) }
      if lanes & 0xff00 != 0 { state.multicast[offset + 1] = UInt8(truncatingIfNeeded: value >> 8) }
    case (3, 0x8): setManagement(merged(state.management, State.managementBits))
    case (3, 0xc): state.earlyReceive = merged(state.earlyReceive, 0x009f)
    default:
      site.guestError(
        "write of \(Site.hex(value)) to bank \(state.bank), offset \(Site.hex(offset)): there is nothing to write")
    }
  }

  private func setReceiveControl(_ value: UInt16) {
    let wasReset = state.receiveControl.bit(15)
    if value.bit(15), !wasReset {
      // A software reset leaves configuration, base, address and the PHY alone.
      let old = state
      state = State()
      state.address = old.address
      state.bank = old.bank
      state.configuration = old.configuration
      state.base = old.base
      state.station = old.station
      state.phy = old.phy
      state.phy.pins = 0
      state.wasInterrupting = old.wasInterrupting
      state.irq = old.irq
      timer.cancel()
    }
    state.receiveControl = value
    network?.resume()
  }

  // MARK: The memory management unit

  private func command(_ value: UInt8) {
    switch value >> 5 {
    case 1:
      state.allocation = 0x80
      state.isAllocating = true
      state.allocate()
    case 2:
      state.allocated = 0
      state.allocation = 0x80
      state.isAllocating = false
      state.receiveQueue.removeAll()
      cancelSending()
      network?.resume()
    case 3: _ = state.receiveQueue.popFirst()
    case 4:
      if let page = state.receiveQueue.popFirst() { state.release(page) }
      network?.resume()
    case 5:
      state.release(state.packetNumber)
      network?.resume()
    case 6:
      if !state.allocated.bit(Int(state.packetNumber & 3)) {
        site.guestError("packet \(state.packetNumber) is sent, which is not allocated")
      }
      state.sendQueue.append(state.packetNumber & 3)
      startSending()
    case 7: cancelSending()
    default: break
    }
  }

  private func acknowledge(_ value: UInt8) {
    state.latched &= ~(value & 0x94)
    if value.bit(1) { _ = state.doneQueue.popFirst() }
  }

  // MARK: Management of the PHY

  /// The MII's data line, as MDI has it. With an external PHY selected nobody drives it.
  private var isDataHigh: Bool {
    if state.management.bit(3) { return state.management.bit(0) }
    return !state.configuration.bit(9) && state.phy.isLineHigh
  }

  private func setManagement(_ value: UInt16) {
    let isEdge = value.bit(2) && !state.management.bit(2)
    state.management = value
    if isEdge, !state.configuration.bit(9) { state.phy.clock(value.bit(3) ? value.bit(0) : nil) }
  }
}

import Bits
import DeviceModel

/// The registers by number: the byte offset in the page over 16, the MSR less 0x800.
extension LocalAPIC {
  /// Nil when there is no such register to read.
  func read(_ register: Int) -> UInt32? {
    switch register {
    case 0x02: isX2 ? state.initialID : UInt32(state.id) << 24
    // Version 0x14, six vector table entries, EOI broadcast can be suppressed.
    case 0x03: 0x0105_0014
    case 0x08: UInt32(state.taskPriority)
    case 0x09: isX2 ? nil : UInt32(arbitrationPriority)
    case 0x0a: UInt32(processorPriority)
    case 0x0b, 0x0c: isX2 ? nil : 0
    case 0x0d: logicalDestination
    case 0x0e: isX2 ? nil : UInt32(state.destinationModel) << 28 | 0x0fff_ffff
    case 0x0f: state.spurious
    case 0x10...0x17: state.inService[register & 7]
    case 0x18...0x1f: state.triggerMode[register & 7]
    case 0x20...0x27: state.requested[register & 7]
    case 0x28: UInt32(state.errorStatus)
    case 0x30: UInt32(truncatingIfNeeded: state.command)
    case 0x31: isX2 ? nil : UInt32(truncatingIfNeeded: state.command >> 32)
    case 0x32...0x37: state.vectorTable[register - 0x32]
    case 0x38: state.initialCount
    case 0x39: currentCount
    case 0x3e: UInt32(state.divide)
    default: nil
    }
  }

  /// False when there is no such register to write; read-only ones ignore writes.
  func write(_ value: UInt32, _ register: Int) -> Bool {
    switch register {
    case 0x02: state.id = UInt8(truncatingIfNeeded: value >> 24)
    case 0x08:
      state.taskPriority = UInt8(truncatingIfNeeded: value)
      drive()
    case 0x0b: endOfInterrupt()
    case 0x0d: state.logicalID = UInt8(truncatingIfNeeded: value >> 24)
    case 0x0e: state.destinationModel = UInt8(truncatingIfNeeded: value >> 28)
    case 0x0f:
      state.spurious = value & 0x13ff
      if !isSoftwareEnabled {
        for entry in state.vectorTable.indices { state.vectorTable[entry].setBit(16, true) }
      }
      drive()
    case 0x28:
      state.errorStatus = state.errors
      state.errors = 0
    case 0x30:
      state.command.setBits(0...31, UInt64(value & 0xc_cfff))
      send()
    case 0x31: state.command.setBits(32...63, UInt64(value & 0xff00_0000))
    case 0x32...0x37: writeVectorTable(value, register - 0x32)
    case 0x38: writeInitialCount(value)
    case 0x3e: writeDivide(UInt8(truncatingIfNeeded: value & 0xb))
    case 0x03, 0x09, 0x0a, 0x0c, 0x10...0x27, 0x39:
      site.guestError("write of \(Site.hex(value)) to register \(Site.hex(register)), which is read-only")
    default: return false
    }
    return true
  }

  /// The bits of each vector table entry that a write changes.
  static func vectorTableMask(_ entry: Int, tscDeadline: Bool) -> UInt32 {
    switch entry {
    case 0: tscDeadline ? 0x7_00ff : 0x3_00ff
    case 1, 2: 0x1_07ff
    case 3, 4: 0x1_a7ff
    default: 0x1_00ff
    }
  }

  private func writeVectorTable(_ value: UInt32, _ entry: Int) {
    var next = value & Self.vectorTableMask(entry, tscDeadline: options.hasTSCDeadline)
    if !isSoftwareEnabled { next |= 0x1_0000 }
    let old = state.vectorTable[entry]
    let pin = entry - 3
    // Remote IRR stays while the entry stays level triggered.
    if pin == 0 || pin == 1, next.bit(15) { next |= old & 0x4000 }
    state.vectorTable[entry] = next
    if entry == 0 && old.bits(17...18) != next.bits(17...18) { timerModeChanged(from: old) }
    // A level that is there when its entry opens counts; an edge that went by masked does not.
    if pin == 0 || pin == 1, isEnabled { sample(pin, wasActive: true) }
    drive()
  }

  /// Carries out the interrupt command in ICR (11.6.1).
  func send() {
    let command = state.command
    guard let delivery = APICMessage.Delivery(rawValue: UInt8(truncatingIfNeeded: command.bits(8...10))) else {
      return site.guestError("delivery mode \(command.bits(8...10)) in ICR is reserved")
    }
    let vector = UInt8(truncatingIfNeeded: command)
    let usesVector = delivery == .fixed || delivery == .lowestPriority
    if usesVector && vector < 16 { return report(.sendIllegalVector) }
    let high = UInt32(truncatingIfNeeded: command >> 32)
    var message = APICMessage(
      destination: isX2 ? high : APICMessage.wide(UInt8(truncatingIfNeeded: high >> 24)),
      isLogical: command.bit(11), delivery: delivery, vector: vector,
      // Only "INIT level de-assert" still knows a level (table 11-3).
      isAssert: !(delivery == .initialize && command.bit(15) && !command.bit(14)))
    switch command.bits(18...19) {
    case 0: bus.deliver(message)
    // To oneself only fixed interrupts can be sent.
    case 1:
      if delivery != .fixed { site.guestError("ICR sends \(delivery) to itself") }
      guard delivery == .fixed, acceptsFixed else { return }
      accept(vector, isLevel: false)
    case 2:
      guard delivery == .fixed else { return site.guestError("ICR sends \(delivery) to all and itself") }
      message.destination = APICMessage.broadcast
      message.isLogical = false
      bus.deliver(message)
    default:
      message.destination = APICMessage.broadcast
      message.isLogical = false
      bus.deliver(message, except: self)
    }
  }
}

import Bits

/// Acceptance, priorities and hand-over to the CPU (Intel SDM volume 3, 11.5 and 11.8).
extension LocalAPIC {
  /// Errors by their bit in ESR.
  enum Problem: UInt8 {
    case sendIllegalVector = 0x20
    case receiveIllegalVector = 0x40
    case illegalRegister = 0x80
  }

  /// Switched on by IA32_APIC_BASE.
  public var isEnabled: Bool { state.base.bit(11) }
  /// In x2APIC mode.
  public var isX2: Bool { state.base.bit(10) }
  /// Switched on by the spurious vector register.
  public var isSoftwareEnabled: Bool { state.spurious.bit(8) }
  /// Whether fixed and lowest-priority messages are accepted.
  var acceptsFixed: Bool { isEnabled && isSoftwareEnabled }
  /// The ID that physical destinations name.
  public var identifier: UInt32 { isX2 ? state.initialID : UInt32(state.id) }

  /// LDR, as it reads in the present mode.
  var logicalDestination: UInt32 {
    isX2
      ? ((state.initialID >> 4) << 16) | (1 &<< (state.initialID & 0xf))
      : UInt32(state.logicalID) << 24
  }

  /// Whether `message` is meant for this APIC, among others perhaps.
  func matches(_ message: APICMessage) -> Bool {
    guard isEnabled else { return false }
    let wanted = message.destination
    if wanted == APICMessage.broadcast { return true }
    guard message.isLogical else { return wanted == identifier }
    if isX2 {
      let mine = logicalDestination
      return wanted >> 16 == mine >> 16 && wanted & mine & 0xffff != 0
    }
    guard wanted <= 0xff else { return false }
    let set = UInt8(truncatingIfNeeded: wanted)
    if state.destinationModel == 0xf { return set & state.logicalID != 0 }
    guard set & state.logicalID & 0xf != 0 else { return false }
    return set >> 4 == state.logicalID >> 4 || set >> 4 == 0xf
  }

  /// Takes a message that matches; false when this APIC does not accept such now.
  func receive(_ message: APICMessage) -> Bool {
    switch message.delivery {
    case .fixed, .lowestPriority:
      guard acceptsFixed else { return false }
      accept(message.vector, isLevel: message.isLevel)
    case .systemManagement: cpu?.systemManagementInterrupt()
    case .nonMaskable: cpu?.nonMaskableInterrupt()
    case .initialize:
      guard message.isAssert else { return true }
      resetRegisters()
      cpu?.initialize()
    case .startUp: cpu?.startUp(vector: message.vector)
    case .external:
      state.external = true
      drive()
    }
    return true
  }

  /// Marks `vector` as requested.
  func accept(_ vector: UInt8, isLevel: Bool) {
    guard vector >= 16 else { return report(.receiveIllegalVector) }
    Self.set(&state.triggerMode, vector, isLevel)
    Self.set(&state.requested, vector, true)
    drive()
  }

  /// Notes an error and raises the error interrupt.
  func report(_ problem: Problem) {
    state.errors |= problem.rawValue
    if problem != .illegalRegister { site.guestError("\(problem)") }
    let entry = state.vectorTable[5]
    // An error entry with an illegal vector is an error of its own, reported once and not for ever.
    guard !entry.bit(16), entry & 0xff >= 16 else { return }
    accept(UInt8(truncatingIfNeeded: entry), isLevel: false)
  }

  // MARK: Priorities

  static func set(_ vectors: inout Vectors, _ vector: UInt8, _ on: Bool) {
    vectors[Int(vector >> 5)].setBit(Int(vector & 31), on)
  }

  static func contains(_ vectors: borrowing Vectors, _ vector: UInt8) -> Bool {
    vectors[Int(vector >> 5)].bit(Int(vector & 31))
  }

  /// The highest vector of a set.
  static func highest(_ vectors: borrowing Vectors) -> UInt8? {
    for word in stride(from: 7, through: 0, by: -1) where vectors[word] != 0 {
      return UInt8(truncatingIfNeeded: word * 32 + 31 - vectors[word].leadingZeroBitCount)
    }
    return nil
  }

  /// PPR (11.8.3.1).
  public var processorPriority: UInt8 {
    let serving = Self.highest(state.inService) ?? 0
    return state.taskPriority >> 4 >= serving >> 4 ? state.taskPriority : serving & 0xf0
  }

  /// APR (11.6.2.4).
  var arbitrationPriority: UInt8 {
    let serving = (Self.highest(state.inService) ?? 0) >> 4
    let asking = (Self.highest(state.requested) ?? 0) >> 4
    let task = state.taskPriority
    return task >> 4 >= asking && task >> 4 > serving ? task : max(task >> 4, serving, asking) << 4
  }

  /// Whether this is the CPU that has `vector` already, and focus checking is on.
  func isFocus(of vector: UInt8) -> Bool {
    !state.spurious.bit(9) && (Self.contains(state.requested, vector) || Self.contains(state.inService, vector))
  }

  /// The vector that would be given to the CPU now.
  var deliverable: UInt8? {
    guard isEnabled, let vector = Self.highest(state.requested), vector >> 4 > processorPriority >> 4 else {
      return nil
    }
    return vector
  }

  /// Whether the 8259 is to be asked for a vector: by LINT0 or by a message.
  private var hasExternal: Bool {
    guard isEnabled else { return state.pins.bit(0) }
    let entry = state.vectorTable[3]
    return state.external || (!entry.bit(16) && entry.bits(8...10) == 7 && isActive(0))
  }

  /// Drives INTR from the state.
  func drive() {
    state.request = deliverable != nil || hasExternal
    cpu?.interruptRequest(state.request)
  }

  /// The CPU takes an interrupt: gives its vector and marks it as in service. Nil when none is pending any
  /// more.
  public func acknowledge() -> UInt8? {
    if let vector = deliverable {
      Self.set(&state.requested, vector, false)
      Self.set(&state.inService, vector, true)
      drive()
      return vector
    }
    guard hasExternal else {
      drive()
      return nil
    }
    state.external = false
    let vector = pic?.acknowledgeInterrupt() ?? UInt8(truncatingIfNeeded: state.spurious)
    drive()
    return vector
  }

  /// A write to EOI (11.8.5).
  func endOfInterrupt() {
    guard let vector = Self.highest(state.inService) else { return }
    Self.set(&state.inService, vector, false)
    if Self.contains(state.triggerMode, vector) {
      for pin in 0..<2 where state.vectorTable[3 + pin].bit(14) && state.vectorTable[3 + pin] & 0xff == vector {
        state.vectorTable[3 + pin].setBit(14, false)
        sample(pin, wasActive: false)
      }
      if !state.spurious.bit(12) { bus.endOfInterrupt(vector) }
    }
    drive()
  }

  /// TPR bits 4-7, as MOV to and from CR8 see them; 0 to 15.
  public var taskPriorityClass: UInt8 {
    get { state.taskPriority >> 4 }
    set {
      state.taskPriority = newValue << 4
      drive()
    }
  }

  // MARK: Local interrupt pins

  /// Whether LINT0 or LINT1 has the level that its entry calls active.
  private func isActive(_ pin: Int) -> Bool { state.pins.bit(pin) != state.vectorTable[3 + pin].bit(13) }

  public func input(_ index: Int, _ level: Bool) {
    guard index == 0 || index == 1, state.pins.bit(index) != level else { return }
    let wasActive = isActive(index)
    state.pins.setBit(index, level)
    if isEnabled {
      sample(index, wasActive: wasActive)
    } else if index == 1 && level {
      cpu?.nonMaskableInterrupt()
    }
    drive()
  }

  /// Acts on a pin as its entry says; edges are found against `wasActive`.
  func sample(_ pin: Int, wasActive: Bool) {
    let entry = state.vectorTable[3 + pin]
    guard !entry.bit(16), isActive(pin), let delivery = APICMessage.Delivery(rawValue: UInt8(entry.bits(8...10)))
    else { return }
    let vector = UInt8(truncatingIfNeeded: entry)
    if delivery == .fixed && entry.bit(15) {
      guard !entry.bit(14) else { return }
      state.vectorTable[3 + pin].setBit(14, vector >= 16)
      accept(vector, isLevel: true)
      return
    }
    guard !wasActive else { return }
    switch delivery {
    case .fixed: accept(vector, isLevel: false)
    case .nonMaskable: cpu?.nonMaskableInterrupt()
    case .systemManagement: cpu?.systemManagementInterrupt()
    case .initialize:
      resetRegisters()
      cpu?.initialize()
    // ExtINT follows the pin's level, see `hasExternal`; the others are reserved for pins.
    case .external, .lowestPriority, .startUp: break
    }
  }
}

public import DeviceModel

/// The registers (Virtual I/O Device 1.2, 4.2.2, and 4.2.4 for the legacy interface).
extension VirtioDevice {
  public static var registers: [RegisterRow] { VirtioRegister.rows(kind) }

  /// The queue that the queue registers are about; nil when there is none of that number.
  private var selected: Int? {
    let index = Int(state.transport.queueSelect)
    return index < queueCount ? index : nil
  }

  // MARK: Reading

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    guard region == 0 else { return .max }
    guard offset < VirtioRegister.configuration else {
      return readConfiguration(Int(offset - VirtioRegister.configuration), width)
    }
    // Drivers must use aligned words here (4.2.2.2); for others it is as memory would be.
    return UInt64(readWord(offset & ~3)) >> ((offset & 3) * 8)
  }

  private func readConfiguration(_ offset: Int, _ width: Int) -> UInt64 {
    let bytes = configuration
    var value: UInt64 = 0
    for index in 0..<width where offset + index < bytes.count {
      value |= UInt64(bytes[offset + index]) << UInt64(index * 8)
    }
    return value
  }

  private func readWord(_ offset: UInt64) -> UInt32 {
    let transport = state.transport
    guard let register = VirtioRegister(rawValue: offset) else { return 0 }
    switch register {
    case .magicValue: return VirtioMMIO.magic
    case .version: return transport.version
    case .deviceID: return Self.kind.id
    case .vendorID: return VirtioMMIO.vendor
    case .deviceFeatures: return Self.half(transport.features, transport.featuresSelect)
    case .queueNumMax:
      // A legacy driver sees by that whether there is such a queue (4.2.4).
      return selected.map { UInt32(Self.kind.queueSizes[$0]) } ?? 0
    case .queuePFN: return transport.isLegacy ? selected.map { state[queue: $0].page } ?? 0 : 0
    case .queueReady: return !transport.isLegacy && selected.map { state[queue: $0].isReady } == true ? 1 : 0
    case .interruptStatus: return UInt32(transport.interruptStatus)
    case .status: return UInt32(transport.status)
    // There is no shared memory: its length is -1 (4.2.2).
    case .sharedLengthLow, .sharedLengthHigh, .sharedBaseLow, .sharedBaseHigh:
      return transport.isLegacy ? 0 : .max
    case .configGeneration: return transport.isLegacy ? 0 : transport.configGeneration
    default: return 0
    }
  }

  private static func half(_ features: UInt64, _ select: UInt32) -> UInt32 {
    switch select {
    case 0: UInt32(truncatingIfNeeded: features)
    case 1: UInt32(truncatingIfNeeded: features >> 32)
    default: 0
    }
  }

  // MARK: Writing

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    guard region == 0 else { return }
    if offset >= VirtioRegister.configuration {
      let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
      return configurationWritten(Int(offset - VirtioRegister.configuration), bytes)
    }
    guard width == 4, offset & 3 == 0 else {
      return port.site.guestError("a write of \(width) bytes at \(Site.hex(offset)), where words are written")
    }
    guard let register = VirtioRegister(rawValue: offset) else { return }
    let word = UInt32(truncatingIfNeeded: value)
    switch register {
    case .deviceFeaturesSelect: state.transport.featuresSelect = word
    case .driverFeatures: setFeatures(word)
    case .driverFeaturesSelect: state.transport.driverFeaturesSelect = word
    case .queueSelect: state.transport.queueSelect = word
    case .queueNotify:
      guard word < queueCount else { return port.site.guestError("there is no queue \(word) to be looked at") }
      look(at: Int(word))
    case .interruptACK:
      state.transport.interruptStatus &= ~UInt8(truncatingIfNeeded: word)
      port.irq.set(state.transport.interruptStatus != 0)
    case .status: setStatus(UInt8(truncatingIfNeeded: word))
    case .sharedSelect: state.transport.sharedSelect = word
    case .guestPageSize: if state.transport.isLegacy { state.transport.guestPageSize = word }
    default: writeQueue(register, word)
    }
  }

  private func setFeatures(_ word: UInt32) {
    guard state.transport.status & VirtioStatus.featuresOK == 0 else {
      return port.site.guestError("features are taken after they were agreed on")
    }
    switch state.transport.driverFeaturesSelect {
    case 0: state.transport.driverFeatures = state.transport.driverFeatures & ~0xffff_ffff | UInt64(word)
    case 1: state.transport.driverFeatures = state.transport.driverFeatures & 0xffff_ffff | UInt64(word) << 32
    default: if word != 0 { port.site.guestError("there are no features \(state.transport.driverFeaturesSelect)") }
    }
  }

  private func setStatus(_ status: UInt8) {
    guard status != 0 else { return driverReset() }
    let before = state.transport
    if before.status & ~status & ~VirtioStatus.needsReset != 0 {
      port.site.guestError("status bits \(Site.hex(before.status & ~status)) are cleared without a reset")
    }
    var next = status & ~VirtioStatus.needsReset | before.status & VirtioStatus.needsReset
    if before.isLegacy {
      // It has no word for what it does not accept: what was not offered is not taken.
      state.transport.driverFeatures &= before.features
    } else if next & ~before.status & VirtioStatus.featuresOK != 0 {
      let taken = before.driverFeatures
      if taken & ~before.features != 0 || taken & VirtioFeatures.version1 == 0 {
        port.site.guestError("the features \(Site.hex(taken)) are not among \(Site.hex(before.features))")
        next &= ~VirtioStatus.featuresOK
      }
    }
    if !before.isLegacy, next & VirtioStatus.featuresOK == 0, next & VirtioStatus.driverOK != 0 {
      port.site.guestError("the driver begins before features were agreed on")
      next &= ~VirtioStatus.driverOK
    }
    state.transport.status = next
    guard state.transport.isLive, !before.isLive else { return }
    // Buffers may have been made available before.
    for queue in 0..<queueCount { look(at: queue) }
  }

  // MARK: Queues

  private func writeQueue(_ register: VirtioRegister, _ word: UInt32) {
    guard let index = selected else {
      return port.site.guestError("there is no queue \(state.transport.queueSelect)")
    }
    let isLegacy = state.transport.isLegacy
    if isLegacy {
      switch register {
      case .queueNum: setSize(index, word)
      case .queueAlign: state[queue: index].alignment = word
      case .queuePFN: setPage(index, word)
      default: break
      }
      return
    }
    if register == .queueReady { return setReady(index, word) }
    guard !state[queue: index].isReady else {
      return port.site.guestError("queue \(index) is changed while it is ready")
    }
    switch register {
    case .queueNum: setSize(index, word)
    case .queueDescLow: Self.setLow(word, &state[queue: index].descriptors)
    case .queueDescHigh: Self.setHigh(word, &state[queue: index].descriptors)
    case .queueDriverLow: Self.setLow(word, &state[queue: index].driver)
    case .queueDriverHigh: Self.setHigh(word, &state[queue: index].driver)
    case .queueDeviceLow: Self.setLow(word, &state[queue: index].device)
    case .queueDeviceHigh: Self.setHigh(word, &state[queue: index].device)
    default: break
    }
  }

  private static func setLow(_ word: UInt32, _ address: inout UInt64) {
    address = address & ~0xffff_ffff | UInt64(word)
  }

  private static func setHigh(_ word: UInt32, _ address: inout UInt64) {
    address = address & 0xffff_ffff | UInt64(word) << 32
  }

  private func setSize(_ index: Int, _ word: UInt32) {
    guard word <= UInt32(Self.kind.queueSizes[index]), !state[queue: index].isReady else {
      return port.site.guestError(
        "queue \(index) takes \(Self.kind.queueSizes[index]) descriptors at most, not \(word)")
    }
    state[queue: index].size = UInt16(word)
  }

  private func setReady(_ index: Int, _ word: UInt32) {
    guard word & 1 != 0 else {
      // It may be made ready again with other places: what was taken of it is given up with it.
      if state[queue: index].isReady { queueStopped(index) }
      return
    }
    guard !state[queue: index].isReady else { return }
    let queue = state[queue: index]
    let isPacked = has(VirtioFeatures.packed)
    guard queue.size > 0, isPacked || queue.size.nonzeroBitCount == 1 else {
      return fail("queue \(index) has \(queue.size) descriptors")
    }
    guard queue.isAligned else { return fail("queue \(index) is not aligned") }
    // Addresses that wrap around are no memory, and none is calculated from them.
    let last = [queue.descriptors, queue.driver, queue.device].max() ?? 0
    guard last < UInt64(1) << 62 else { return fail("queue \(index) is outside RAM") }
    state[queue: index].isReady = true
  }

  private func queueStopped(_ index: Int) {
    stop()
    state[queue: index] = Virtqueue()
    attach()
  }

  private func setPage(_ index: Int, _ page: UInt32) {
    guard page != 0 else {
      // The legacy interface's way of stopping a queue.
      if state[queue: index].isReady { queueStopped(index) }
      return
    }
    guard !state[queue: index].isReady else { return port.site.guestError("queue \(index) is moved while it is used") }
    var queue = state[queue: index]
    let alignment = UInt64(queue.alignment)
    guard queue.size > 0, queue.size.nonzeroBitCount == 1, alignment >= 4, alignment.nonzeroBitCount == 1,
      state.transport.guestPageSize.nonzeroBitCount == 1
    else {
      return fail("queue \(index) has \(queue.size) descriptors, aligned to \(alignment)")
    }
    queue.page = page
    queue.descriptors = UInt64(page) * UInt64(state.transport.guestPageSize)
    queue.driver = queue.descriptors + 16 * UInt64(queue.size)
    let end = queue.driver + 6 + 2 * UInt64(queue.size)
    queue.device = (end + alignment - 1) & ~(alignment - 1)
    queue.isReady = true
    guard queue.isAligned else { return fail("queue \(index) is not aligned") }
    state[queue: index] = queue
  }
}

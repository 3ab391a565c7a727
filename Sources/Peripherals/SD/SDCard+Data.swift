public import DeviceModel

/// Blocks on the data line (Physical Layer Specification 4.3.3 and 4.3.4).
extension SDCard {
  /// A command's address, in bytes.
  func place(of argument: UInt32) -> Int64 { isHighCapacity ? Int64(argument) &* 512 : Int64(argument) }

  /// Writing is out of the question, by the tab or by the CSD.
  var isWriteProtected: Bool { isLocked || csdFlags & 3 != 0 }

  /// No byte of a block has gone over the line.
  public var isAtBlockStart: Bool { position == 0 }

  mutating func begin(_ transfer: Transfer, length: UInt16) {
    self.transfer = transfer
    self.length = length
    position = 0
  }

  mutating func endTransfer() {
    begin(.none, length: 512)
    if phase == .data { phase = .transfer }
  }

  /// `bytes` (at most 64) go out next.
  mutating func sendRegister(_ bytes: [UInt8]) {
    for (index, byte) in bytes.enumerated() { buffer[index] = byte }
    begin(.register, length: UInt16(bytes.count))
    phase = .data
  }

  mutating func beginRead(_ argument: UInt32, several: Bool) {
    let place = place(of: argument)
    let length = isHighCapacity ? 512 : blockLength
    guard place <= capacity &- Int64(length) else {
      status |= SDStatus.outOfRange
      return
    }
    // READ_BLK_MISALIGN is 0.
    guard place & 511 &+ Int64(length) <= 512 else {
      status |= SDStatus.addressError
      return
    }
    address = place
    begin(several ? .readBlocks : .readBlock, length: length)
    phase = .data
  }

  mutating func beginWrite(_ argument: UInt32, several: Bool) {
    let place = place(of: argument)
    // WRITE_BL_PARTIAL is 0.
    guard isHighCapacity || blockLength == 512 else {
      status |= SDStatus.blockLengthError
      return
    }
    guard place <= capacity &- 512 else {
      status |= SDStatus.outOfRange
      return
    }
    guard place & 511 == 0 else {
      status |= SDStatus.addressError
      return
    }
    guard !isWriteProtected else {
      status |= SDStatus.writeProtected
      return
    }
    address = place
    written = 0
    begin(several ? .writeBlocks : .writeBlock, length: 512)
    phase = .receive
  }

  // MARK: Out

  /// The next byte of a read; nil when none comes: nothing is being read, or the medium fails.
  public mutating func send(disk: (any BlockBackend)?) -> UInt8? {
    guard phase == .data else { return nil }
    if position == 0, transfer == .readBlock || transfer == .readBlocks, !fetch(disk) { return nil }
    let byte = buffer[Int(position & 511)]
    position &+= 1
    if position >= length {
      position = 0
      if transfer == .readBlocks {
        address &+= Int64(length)
      } else {
        endTransfer()
      }
    }
    return byte
  }

  private mutating func fetch(_ disk: (any BlockBackend)?) -> Bool {
    // A read of many blocks may run into the end, and a partial one across the edge of a block.
    guard address &+ Int64(length) <= capacity, address & 511 &+ Int64(length) <= 512 else {
      status |= address &+ Int64(length) <= capacity ? SDStatus.addressError : SDStatus.outOfRange
      return false
    }
    let (place, count) = (address, Int(length))
    let result = withUnsafeMutableBytes(of: &buffer) {
      disk?.read(at: place, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]))
    }
    guard result == .done else {
      status |= SDStatus.eccFailed
      if transfer == .readBlock { endTransfer() }
      return false
    }
    return true
  }

  // MARK: In

  /// A byte of a write comes at `now`.
  public mutating func receive(_ byte: UInt8, now: Int64, disk: (any BlockBackend)?) -> SDAnswer {
    advance(to: now)
    guard phase == .receive, busyEnd < 0 else { return .none }
    buffer[Int(position & 511)] = byte
    position &+= 1
    guard position >= length else { return .more }
    position = 0
    switch transfer {
    case .writeBlock, .writeBlocks: return store(now: now, disk: disk)
    case .csd: return programCSD(now: now)
    default:
      // A loaded state may claim to receive without a transfer.
      phase = .transfer
      return .refused
    }
  }

  private mutating func store(now: Int64, disk: (any BlockBackend)?) -> SDAnswer {
    let isSingle = transfer == .writeBlock
    guard address <= capacity &- 512 else {
      status |= SDStatus.outOfRange
      return refuse(isSingle)
    }
    let (place, count) = (address, Int(length))
    let result = withUnsafeBytes(of: buffer) {
      disk?.write(at: place, from: UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
    guard result == .done else {
      status |= result == .readOnly ? SDStatus.writeProtected : SDStatus.error
      return refuse(isSingle)
    }
    address &+= 512
    written &+= 1
    busyEnd = now &+ Self.programTime
    if isSingle {
      transfer = .none
      phase = .programming
    }
    return .accepted
  }

  private mutating func refuse(_ isSingle: Bool) -> SDAnswer {
    if isSingle {
      begin(.none, length: 512)
      phase = .transfer
    }
    return .refused
  }

  /// Only COPY and the two protections can be written, and those that are permanent only be set.
  private mutating func programCSD(now: Int64) -> SDAnswer {
    var word: UInt128 = 0
    for index in 0..<16 { word = word << 8 | UInt128(buffer[index]) }
    begin(.none, length: 512)
    let flags = UInt8(truncatingIfNeeded: word >> 12 & 7)
    let writable: UInt128 = 0x70ff
    if (word ^ csd) & ~writable != 0 || csdFlags & 0b110 & ~flags != 0 {
      status |= SDStatus.csdOverwrite
      phase = .transfer
      return .accepted
    }
    csdFlags = flags
    phase = .programming
    busyEnd = now &+ Self.programTime
    return .accepted
  }
}

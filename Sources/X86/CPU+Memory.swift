import GuestMemory

extension CPU {
  // Every access takes the same way: offset against the segment's limit, linear address against one TLB
  // entry, host memory. What does not pass goes to the slow path, which faults, walks, splits, marks pages or
  // asks a device.

  /// Reads from `offset` in segment register `segment` (0 ES ... 5 GS).
  @inline(__always)
  func load<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, segment: UInt8, _ offset: UInt64
  ) throws(Fault) -> W {
    let size = UInt64(W.bitWidth / 8)
    let access = accessEntry(segment)
    guard offset &+ size <= access.pointee.readEnd else { return try loadChecked(W.self, segment: segment, offset) }
    return try load(W.self, linear: (access.pointee.base &+ offset) & core.pointee.linearMask)
  }

  /// Writes to `offset` in segment register `segment`.
  @inline(__always)
  func store<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ value: W, segment: UInt8, _ offset: UInt64
  ) throws(Fault) {
    let size = UInt64(W.bitWidth / 8)
    let access = accessEntry(segment)
    guard offset &+ size <= access.pointee.writeEnd else { return try storeChecked(value, segment: segment, offset) }
    try store(value, linear: (access.pointee.base &+ offset) & core.pointee.linearMask)
  }

  /// Reads at a linear address with the present privilege.
  @inline(__always)
  func load<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, linear: UInt64
  ) throws(Fault) -> W {
    let entry = core.pointee.tlb + Int((linear &>> 12) & UInt64(TLBEntry.count - 1))
    guard entry.pointee.readTag == (linear &+ UInt64(W.bitWidth / 8 - 1)) & ~0xfff else {
      return W(truncatingIfNeeded: try loadSlow(linear, width: W.bitWidth / 8))
    }
    return hostPointer(entry, linear).loadUnaligned(as: W.self)
  }

  /// Writes at a linear address with the present privilege.
  @inline(__always)
  func store<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ value: W, linear: UInt64) throws(Fault) {
    let entry = core.pointee.tlb + Int((linear &>> 12) & UInt64(TLBEntry.count - 1))
    guard entry.pointee.writeTag == (linear &+ UInt64(W.bitWidth / 8 - 1)) & ~0xfff else {
      return try storeSlow(UInt64(truncatingIfNeeded: value), linear, width: W.bitWidth / 8)
    }
    hostPointer(entry, linear).storeBytes(of: value, as: W.self)
  }

  // The most frequent instructions ask for the host's address of their operand and, where there is none on the
  // fast path, jump to a slow twin: with no call inside, they need no stack frame.

  /// Where the memory operand can be read on the fast path.
  @inline(__always)
  func readable<W: FixedWidthInteger>(_: W.Type, _ op: Op) -> UnsafeMutableRawPointer? {
    readable(W.self, segment: op.pointee.segment, effectiveAddress(op))
  }

  /// Where the memory operand can be read and written on the fast path.
  @inline(__always)
  func writable<W: FixedWidthInteger>(_: W.Type, _ op: Op) -> UnsafeMutableRawPointer? {
    writable(W.self, segment: op.pointee.segment, effectiveAddress(op))
  }

  @inline(__always)
  func readable<W: FixedWidthInteger>(_: W.Type, segment: UInt8, _ offset: UInt64) -> UnsafeMutableRawPointer? {
    let access = accessEntry(segment)
    guard offset &+ UInt64(W.bitWidth / 8) <= access.pointee.readEnd else { return nil }
    let linear = (access.pointee.base &+ offset) & core.pointee.linearMask
    let entry = core.pointee.tlb + Int((linear &>> 12) & UInt64(TLBEntry.count - 1))
    guard entry.pointee.readTag == (linear &+ UInt64(W.bitWidth / 8 - 1)) & ~0xfff else { return nil }
    return hostPointer(entry, linear)
  }

  @inline(__always)
  func writable<W: FixedWidthInteger>(_: W.Type, segment: UInt8, _ offset: UInt64) -> UnsafeMutableRawPointer? {
    let access = accessEntry(segment)
    guard offset &+ UInt64(W.bitWidth / 8) <= access.pointee.writeEnd else { return nil }
    let linear = (access.pointee.base &+ offset) & core.pointee.linearMask
    let entry = core.pointee.tlb + Int((linear &>> 12) & UInt64(TLBEntry.count - 1))
    guard entry.pointee.writeTag == (linear &+ UInt64(W.bitWidth / 8 - 1)) & ~0xfff else { return nil }
    return hostPointer(entry, linear)
  }

  /// Where `offset` can be written on the fast path although its page holds code, and how many bytes from there on hold
  /// none.
  func besideCode(segment: UInt8, _ offset: UInt64) -> (host: UnsafeMutableRawPointer, room: UInt64)? {
    let access = accessEntry(segment)
    guard offset < access.pointee.writeEnd else { return nil }
    let linear = (access.pointee.base &+ offset) & core.pointee.linearMask
    let entry = core.pointee.tlb + Int((linear &>> 12) & UInt64(TLBEntry.count - 1))
    guard entry.pointee.linear == linear & ~0xfff, entry.pointee.takesStore(at: linear & 0xfff, count: 1),
      let pieces = entry.pointee.code?.pointee
    else { return nil }
    let piece = (linear & 0xfff) &>> UInt64(RAMBlock.pieceShift)
    let free = UInt64((pieces &>> piece).trailingZeroBitCount)
    let end = min(piece &+ free, 64) &<< UInt64(RAMBlock.pieceShift)
    return (hostPointer(entry, linear), end &- (linear & 0xfff))
  }

  /// Makes sure that `W` can be written at the memory operand, faulting now rather than after half an
  /// instruction; the contents do not change.
  func probeStore<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, segment: UInt8, _ offset: UInt64
  ) throws(Fault) {
    let linear = try checkedLinear(segment: segment, offset, size: W.bitWidth / 8, writing: true)
    try probe(linear, width: W.bitWidth / 8, writing: true)
  }

  @inline(__always)
  func hostPointer(_ entry: UnsafeMutablePointer<TLBEntry>, _ linear: UInt64) -> UnsafeMutableRawPointer {
    // Never nil: a tag is valid only where RAM is behind the page.
    UnsafeMutableRawPointer(bitPattern: Int(truncatingIfNeeded: linear) &+ entry.pointee.addend).unsafelyUnwrapped
  }

  @inline(__always)
  func accessEntry(_ segment: UInt8) -> UnsafeMutablePointer<SegmentAccess> {
    let first = UnsafeMutableRawPointer(core) + Self.accessOffset
    return first.assumingMemoryBound(to: SegmentAccess.self) + Int(segment)
  }

  @inline(__always)
  static var accessOffset: Int {
    guard let offset = MemoryLayout<Core>.offset(of: \.access) else { preconditionFailure("Core has no access") }
    return offset
  }

  // MARK: The slow paths of segmentation

  @inline(never)
  func loadChecked<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, segment: UInt8, _ offset: UInt64
  ) throws(Fault) -> W {
    try load(W.self, linear: try checkedLinear(segment: segment, offset, size: W.bitWidth / 8, writing: false))
  }

  @inline(never)
  func storeChecked<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ value: W, segment: UInt8, _ offset: UInt64
  ) throws(Fault) {
    try store(value, linear: try checkedLinear(segment: segment, offset, size: W.bitWidth / 8, writing: true))
  }

  /// Checks type and limit (SDM 3A 5.3) and gives the linear address.
  ///
  /// - Throws: #SS(0) for the stack segment, else #GP(0).
  func checkedLinear(segment: UInt8, _ offset: UInt64, size: Int, writing: Bool) throws(Fault) -> UInt64 {
    let register = core.pointee.state.segments[Int(segment)]
    let end = offset &+ UInt64(size)
    let isFine: Bool
    if !register.isUsable {
      isFine = false
    } else if isProtected, register.isCode, writing || !register.isReadableOrWritable {
      isFine = false
    } else if isProtected, !register.isCode, writing, !register.isReadableOrWritable {
      isFine = false
    } else if !register.isCode, register.isConformingOrExpandDown {
      let top: UInt64 = register.isBig ? 0x1_0000_0000 : 0x1_0000
      isFine = offset > UInt64(register.limit) && end <= top
    } else {
      isFine = end <= UInt64(register.limit) + 1
    }
    guard isFine else { throw raise(segment == 2 ? Vector.stack : Vector.protection) }
    return (register.base &+ offset) & core.pointee.linearMask
  }

  /// Recomputes what accesses through segment register `index` may do on the fast path.
  func refreshAccess(_ index: Int) {
    let register = core.pointee.state.segments[index]
    var access = SegmentAccess()
    access.base = register.base
    let end = UInt64(register.limit) + 1
    if register.isUsable, !(!register.isCode && register.isConformingOrExpandDown) {
      if !isProtected {
        access.readEnd = end
        access.writeEnd = end
      } else if register.isCode {
        access.readEnd = register.isReadableOrWritable ? end : 0
      } else {
        access.readEnd = end
        access.writeEnd = register.isReadableOrWritable ? end : 0
      }
    }
    core.pointee.access[index] = access
    // Whoever translates may leave out base and limit. Code is only fetched.
    let isFlat =
      register.base == 0 && end == 1 << 32 && (index == 1 || access.readEnd == end && access.writeEnd == end)
    let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: index)
    core.pointee.flatSegments = core.pointee.flatSegments & 0x3f & ~bit | (isFlat ? bit : 0)
  }
}

extension CPU {
  // Every access takes the same way: one TLB entry, whose tag also says that the address is aligned, and host
  // memory. What does not pass goes to the slow path, which faults, walks, rotates, marks pages or asks a device.
  //
  // Loads and stores ask for the host's address of their operand and, where there is none on the fast path, jump
  // to a slow twin: with no call inside, they need no stack frame.

  /// Where a `W` can be read on the fast path; `asUser`: with a user's permissions, whatever the mode.
  @inline(__always)
  func readable<W: FixedWidthInteger>(
    _: W.Type, _ address: UInt32, asUser: Bool = false
  ) -> UnsafeMutableRawPointer? {
    let tlb = asUser ? core.pointee.userTLB : core.pointee.tlb
    let entry = tlb + Int((address &>> 12) & UInt32(TLBEntry.count - 1))
    guard entry.pointee.readTag == address & Self.tagMask(W.self) else { return nil }
    return hostPointer(entry, address)
  }

  /// Where a `W` can be written on the fast path; `asUser` as for reads.
  @inline(__always)
  func writable<W: FixedWidthInteger>(
    _: W.Type, _ address: UInt32, asUser: Bool = false
  ) -> UnsafeMutableRawPointer? {
    let tlb = asUser ? core.pointee.userTLB : core.pointee.tlb
    let entry = tlb + Int((address &>> 12) & UInt32(TLBEntry.count - 1))
    guard entry.pointee.writeTag == address & Self.tagMask(W.self) else { return nil }
    return hostPointer(entry, address)
  }

  /// The page, and the bits that must be clear in an aligned address.
  @inline(__always)
  static func tagMask<W: FixedWidthInteger>(_: W.Type) -> UInt32 {
    0xffff_f000 | UInt32(truncatingIfNeeded: W.bitWidth / 8 - 1)
  }

  @inline(__always)
  func hostPointer(_ entry: UnsafeMutablePointer<TLBEntry>, _ address: UInt32) -> UnsafeMutableRawPointer {
    // Never nil: a tag is valid only where RAM is behind the page.
    UnsafeMutableRawPointer(bitPattern: Int(address) &+ entry.pointee.addend).unsafelyUnwrapped
  }

  /// Reads at a virtual address with the present privilege, in the present byte order.
  @inline(__always)
  func load<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ address: UInt32
  ) throws(Fault) -> W {
    guard let host = readable(W.self, address) else {
      return W(truncatingIfNeeded: try loadSlow(address, width: W.bitWidth / 8, privileged: core.pointee.isPrivileged))
    }
    return host.load(as: W.self)
  }

  /// Writes at a virtual address with the present privilege, in the present byte order.
  @inline(__always)
  func store<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ value: W, _ address: UInt32
  ) throws(Fault) {
    guard let host = writable(W.self, address) else {
      return try storeSlow(
        UInt32(truncatingIfNeeded: value), address, width: W.bitWidth / 8, privileged: core.pointee.isPrivileged)
    }
    host.storeBytes(of: value, as: W.self)
  }
}

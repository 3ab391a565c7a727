public import Engine

/// What a debugger asks of the CPU.
extension ARMCPU: ProcessorDebug {
  public var architecture: String { "arm" }
  public var programCounter: UInt64 { UInt64(storage.core.pointee.state.pc) }
  public var stopsBeforeAccess: Bool { true }
  public var debugStop: DebugStop? { debugPoints.stop }

  public func setBreakpoints(_ addresses: Set<UInt64>) {
    guard addresses != debugPoints.breakpoints else { return }
    debugPoints.breakpoints = addresses
    code.breakpointsChanged()
  }

  public func setWatchpoints(_ list: [Watchpoint]) {
    guard list != debugPoints.watchpoints else { return }
    debugPoints.watchpoints = list
    storage.core.pointee.hasWatchpoints = !list.isEmpty
    // Pages with watched bytes leave the fast path, others come back to it.
    view.flushTLB()
    // Host code may have words of its pages as constants.
    if translator != nil { code.flush() }
  }

  public func translate(_ address: UInt64) -> UInt64? {
    guard let address = UInt32(exactly: address) else { return nil }
    return view.lookUp(address).map(UInt64.init)
  }

  public func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, length: Int) {
    (view.isThumb ? Disassembler.thumb : .arm).disassemble(bytes, at: UInt32(truncatingIfNeeded: address))
  }

  public func translations(limit: Int) -> [TranslationRange]? {
    guard storage.core.pointee.state.cp15.control & Control.mmu != 0 else { return nil }
    var ranges = TranslationRanges(limit: limit)
    // A table may have a million descriptors, but they say no more than this.
    var texts: [UInt32: String] = [:]
    view.forEachMapping { address, size, physical, mapping in
      let key = mapping.domain << 2 | mapping.access
      let rights = texts[key] ?? view.rights(mapping)
      texts[key] = rights
      return ranges.add(UInt64(address), size: UInt64(size), physical: UInt64(physical), rights: rights)
    }
    return ranges.finish()
  }
}

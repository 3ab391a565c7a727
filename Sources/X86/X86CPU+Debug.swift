public import Engine

/// What a debugger asks of the CPU.
extension X86CPU: ProcessorDebug {
  public var architecture: String { "i386" }
  public var programCounter: UInt64 { view.codeLinear }
  public var stopsBeforeAccess: Bool { false }
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
    view.flushTLB(keepGlobal: false)
  }

  public func translate(_ address: UInt64) -> UInt64? { view.lookUp(address & storage.core.pointee.linearMask) }

  public func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, length: Int) {
    let size: CodeSize = view.isLong ? .bits64 : storage.core.pointee.mode & 1 != 0 ? .bits32 : .bits16
    return Disassembler(size: size).disassemble(bytes, at: address)
  }

  public func translations(limit: Int) -> [TranslationRange]? {
    guard storage.core.pointee.state.cr0 & CPU.CR0.paging != 0 else { return nil }
    var ranges = TranslationRanges(limit: limit)
    view.forEachPage { linear, page in
      ranges.add(linear, size: page.size, physical: page.physical, rights: page.rights)
    }
    return ranges.finish()
  }
}

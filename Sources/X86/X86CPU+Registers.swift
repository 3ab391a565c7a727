public import Engine

/// The registers as GDB names them, and those that it has no name for as the manual does.
extension X86CPU {
  private static let general = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"]
  /// In GDB's order, with their numbers.
  private static let segments = [("cs", 1), ("ss", 2), ("ds", 3), ("es", 0), ("fs", 4), ("gs", 5)]
  private static let systemSegments = [("ldtr", 6), ("tr", 7)]

  public var debugRegisters: [DebugRegister] {
    let state = state
    var all: [DebugRegister] = []
    func add(_ name: String, _ bits: Int, _ group: DebugRegister.Group, _ value: UInt64) {
      all.append(DebugRegister(name, bits: bits, group, UInt128(value)))
    }
    for (index, name) in Self.general.enumerated() { add(name, 32, .general, state.gpr[index] & 0xffff_ffff) }
    add("eip", 32, .general, state.rip & 0xffff_ffff)
    add("eflags", 32, .general, state.rflags & 0xffff_ffff)
    for (name, index) in Self.segments { add(name, 32, .general, UInt64(state.segments[index].selector)) }
    addFloat(state, to: &all)
    for (name, value) in [("cr0", state.cr0), ("cr2", state.cr2), ("cr3", state.cr3), ("cr4", state.cr4)] {
      add(name, 32, .system, value)
    }
    for index in 0..<4 { add("dr\(index)", 32, .system, state.breakpoint[index]) }
    add("dr6", 32, .system, state.dr6)
    add("dr7", 32, .system, state.dr7)
    add("efer", 64, .system, state.msr.efer)
    for (name, table) in [("gdtr", state.gdtr), ("idtr", state.idtr)] {
      add(name + "_base", 32, .system, table.base)
      add(name + "_limit", 16, .system, UInt64(table.limit))
    }
    for (name, index) in Self.systemSegments + Self.segments {
      if index > 5 { add(name, 16, .system, UInt64(state.segments[index].selector)) }
      add(name + "_base", 32, .system, state.segments[index].base)
      add(name + "_limit", 32, .system, UInt64(state.segments[index].limit))
    }
    return all
  }

  private func addFloat(_ state: X86State, to all: inout [DebugRegister]) {
    let fpu = state.fpu
    for index in 0..<8 {
      let place = view.physical(index)
      let value = UInt128(fpu.exponent[place]) << 64 | UInt128(fpu.significand[place])
      all.append(DebugRegister("st\(index)", bits: 80, .float, value))
    }
    let control: [(String, UInt64)] = [
      ("fctrl", UInt64(fpu.control)), ("fstat", UInt64(fpu.status)), ("ftag", UInt64(view.x87Tags)),
      ("fiseg", UInt64(fpu.instructionSelector)), ("fioff", fpu.instructionPointer & 0xffff_ffff),
      ("foseg", UInt64(fpu.dataSelector)), ("fooff", fpu.dataPointer & 0xffff_ffff), ("fop", UInt64(fpu.opcode)),
    ]
    for (name, value) in control { all.append(DebugRegister(name, bits: 32, .float, UInt128(value))) }
    for index in 0..<8 {
      let value = UInt128(state.sse.xmm[2 * index + 1]) << 64 | UInt128(state.sse.xmm[2 * index])
      all.append(DebugRegister("xmm\(index)", bits: 128, .vector, value))
    }
    all.append(DebugRegister("mxcsr", bits: 32, .vector, UInt128(state.sse.mxcsr)))
  }

  public func setDebugRegister(_ name: String, _ value: UInt128) -> Bool {
    guard let register = debugRegisters.first(where: { $0.name == name }), value >> UInt128(register.bits) == 0
    else { return false }
    if register.value == value { return true }
    let word = UInt64(truncatingIfNeeded: value)
    let core = storage.core
    if let index = Self.general.firstIndex(of: name) {
      core.pointee.state.gpr[index] = word
      return true
    }
    switch register.group {
    case .general: return setGeneral(name, word)
    case .float: return setFloat(name, value)
    case .vector:
      guard name != "mxcsr" else {
        guard word & ~0xffff == 0 else { return false }
        core.pointee.state.sse.mxcsr = UInt32(word)
        return true
      }
      guard let index = Int(name.dropFirst(3)) else { return false }
      core.pointee.state.sse.xmm[2 * index] = word
      core.pointee.state.sse.xmm[2 * index + 1] = UInt64(truncatingIfNeeded: value >> 64)
      return true
    case .system: return setSystem(name, word)
    }
  }

  private func setGeneral(_ name: String, _ word: UInt64) -> Bool {
    switch name {
    case "eip": storage.core.pointee.state.rip = word
    case "eflags": view.setRFLAGS(word)
    default:
      guard let index = Self.segments.first(where: { $0.0 == name })?.1, word >> 16 == 0 else { return false }
      return view.setSelector(index, UInt16(word))
    }
    return true
  }

  private func setFloat(_ name: String, _ value: UInt128) -> Bool {
    let core = storage.core
    let word = UInt64(truncatingIfNeeded: value)
    if name.hasPrefix("st"), let index = Int(name.dropFirst(2)) {
      core.pointee.state.fpu.significand[view.physical(index)] = word
      core.pointee.state.fpu.exponent[view.physical(index)] = UInt16(truncatingIfNeeded: value >> 64)
      return true
    }
    let isPointer = name == "fioff" || name == "fooff"
    guard isPointer || word >> 16 == 0, name != "fop" || word <= 0x7ff else { return false }
    let short = UInt16(truncatingIfNeeded: word)
    switch name {
    case "fctrl": core.pointee.state.fpu.control = short & 0x1f3f | 0x40
    case "fstat": core.pointee.state.fpu.status = short
    case "ftag":
      core.pointee.state.fpu.empty = (0..<8).reduce(0) { $0 | (short >> ($1 * 2) & 3 == 3 ? 1 << UInt8($1) : 0) }
    case "fiseg": core.pointee.state.fpu.instructionSelector = short
    case "fioff": core.pointee.state.fpu.instructionPointer = word
    case "foseg": core.pointee.state.fpu.dataSelector = short
    case "fooff": core.pointee.state.fpu.dataPointer = word
    default: core.pointee.state.fpu.opcode = short
    }
    view.refreshX87Summary()
    return true
  }

  private func setSystem(_ name: String, _ word: UInt64) -> Bool {
    let core = storage.core
    do throws(Fault) {
      switch name {
      case "cr0": try view.setCR0(word)
      case "cr2": core.pointee.state.cr2 = word
      case "cr3": try view.setCR3(word)
      case "cr4": try view.setCR4(word)
      case "dr0", "dr1", "dr2", "dr3", "dr6", "dr7": view.setDebugRegister(Int(name.suffix(1)) ?? 0, word)
      case "efer": return view.setModelSpecific(ModelSpecific.efer, word)
      case "gdtr_base": core.pointee.state.gdtr.base = word
      case "gdtr_limit": core.pointee.state.gdtr.limit = UInt16(truncatingIfNeeded: word)
      case "idtr_base": core.pointee.state.idtr.base = word
      case "idtr_limit": core.pointee.state.idtr.limit = UInt16(truncatingIfNeeded: word)
      default: return setHidden(name, word)
      }
    } catch {
      return false
    }
    return true
  }

  /// Selector of LDTR and TR, base and limit of all segment registers.
  private func setHidden(_ name: String, _ word: UInt64) -> Bool {
    let parts = name.split(separator: "_")
    guard let register = (Self.segments + Self.systemSegments).first(where: { $0.0 == parts[0] })?.1 else {
      return false
    }
    var segment = storage.core.pointee.state.segments[register]
    switch parts.count > 1 ? parts[1] : "" {
    case "base": segment.base = word
    case "limit": segment.limit = UInt32(truncatingIfNeeded: word)
    default: segment.selector = UInt16(truncatingIfNeeded: word)
    }
    view.setSegment(register, segment)
    return true
  }
}

extension CPU {
  /// Loads a segment register as an instruction would that may do everything, but sets no accessed bit; false where the
  /// selector's descriptor is not one for that register.
  fileprivate func setSelector(_ index: Int, _ selector: UInt16) -> Bool {
    guard isProtected else {
      setSegment(index, realSegment(index, selector))
      return true
    }
    let needsDescriptor = index == Segment.cs || index == Segment.ss
    guard selector & 0xfffc != 0 else {
      if !needsDescriptor { setSegment(index, nullSegment(selector)) }
      return !needsDescriptor
    }
    let isLocal = selector & 4 != 0
    let ldt = core.pointee.state.segments[Segment.ldtr]
    let limit = isLocal ? (ldt.isUsable ? ldt.limit : 0) : UInt32(core.pointee.state.gdtr.limit)
    let base = isLocal ? ldt.base : core.pointee.state.gdtr.base
    guard UInt32(selector | 7) <= limit, let raw = peekDescriptor(base &+ UInt64(selector & 0xfff8)) else {
      return false
    }
    let found = Descriptor(low: UInt32(truncatingIfNeeded: raw), high: UInt32(truncatingIfNeeded: raw >> 32))
    guard found.isCodeOrData, found.isPresent else { return false }
    switch index {
    case Segment.cs: guard found.isCode else { return false }
    case Segment.ss: guard found.isWritableData else { return false }
    default: guard !found.isCode || found.isReadableCode else { return false }
    }
    setSegment(index, found.register(selector))
    return true
  }
}

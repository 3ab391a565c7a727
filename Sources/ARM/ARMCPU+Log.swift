public import Engine

/// What a CPU tells a log.
extension ARMCPU: ProcessorLog {
  public func log(_ kinds: ProcessorEvent.Kinds, _ tell: @escaping (ProcessorEvent) -> Void) {
    logged = kinds
    self.tell = tell
    let core = storage.core
    core.pointee.pending = core.pointee.pending & ~Pending.trace | (kinds.contains(.blocks) ? Pending.trace : 0)
  }
}

extension CPU {
  /// Tells of code as it is decoded for the present state.
  func logDecoded(_ bytes: UnsafeBufferPointer<UInt8>, at address: UInt32) {
    let owner = owner
    guard owner.logged.contains(.code) else { return }
    let disassembler = isThumb ? Disassembler.thumb : Disassembler.arm
    var at = 0
    while at < bytes.count {
      let place = address &+ UInt32(truncatingIfNeeded: at)
      let rest = UnsafeBufferPointer(rebasing: bytes[at...])
      let (text, size) = disassembler.disassemble(rest, at: place)
      let step = min(max(2, size), rest.count)
      owner.tell(.code(address: UInt64(place), bytes: Array(rest[..<step]), text: text))
      at += step
    }
  }

  /// Tells of an exception that is taken at `ARMState.pc`.
  func logException(_ vector: Vector) {
    let owner = owner
    guard owner.logged.contains(.interrupts) else { return }
    let state = core.pointee.state
    let kind: ProcessorEvent.Interrupt.Kind
    var status: UInt32?
    var address: UInt64?
    switch vector {
    case .irq, .fiq: kind = .interrupt
    case .softwareInterrupt: kind = .software
    case .prefetchAbort:
      kind = .exception
      status = state.cp15.instructionFaultStatus
    case .dataAbort:
      kind = .exception
      status = state.cp15.dataFaultStatus
      address = UInt64(state.cp15.faultAddress)
    case .reset, .undefined: kind = .exception
    }
    owner.tell(
      .interrupt(
        ProcessorEvent.Interrupt(
          kind, number: UInt8(truncatingIfNeeded: vector.rawValue >> 2), name: "\(vector)", code: status,
          address: address, programCounter: UInt64(state.pc))))
  }

  /// Tells of the map: what fails in it, and what changes it.
  func logTranslation(_ event: @autoclosure () -> ProcessorEvent) {
    let owner = owner
    if owner.logged.contains(.translations) { owner.tell(event()) }
  }
}

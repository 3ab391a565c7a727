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

  /// Tells of the host code of a unit: of each instruction from one of `starts` to the next, the last to `end`, as offsets
  /// that `address` makes addresses of.
  func logHostCode(_ parts: [UnitPart], _ starts: [CodeStart], end: Int, _ address: (Int) -> UnsafeRawPointer) {
    guard let first = parts.first else { return }
    let owner = owner
    let disassembler = first.block.pointee.mode & 1 != 0 ? Disassembler.thumb : Disassembler.arm
    for (number, start) in starts.enumerated() {
      let next = number + 1 < starts.count ? starts[number + 1].position : end
      var place = first.pc
      var text: String?
      if let (part, index) = start.instruction {
        let block = parts[part].block
        let offset = Int(block.pointee.instructions[index].offset)
        place = parts[part].pc &+ UInt32(truncatingIfNeeded: offset)
        let bytes = UnsafeRawBufferPointer(start: block.pointee.host, count: Int(block.pointee.length))
        // Both halves of a long branch are told as it.
        let rest = UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: UInt8.self)[offset...])
        text = disassembler.disassemble(rest, at: place).0
      }
      let host = address(start.position)
      owner.tell(
        .hostCode(
          address: UInt64(place), text: text, host: UInt64(UInt(bitPattern: host)),
          bytes: Array(UnsafeRawBufferPointer(start: host, count: next - start.position))))
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

public import Engine

/// What a CPU tells a log.
extension X86CPU: ProcessorLog {
  public func log(_ kinds: ProcessorEvent.Kinds, _ tell: @escaping (ProcessorEvent) -> Void) {
    logged = kinds
    self.tell = tell
    let core = storage.core
    core.pointee.pending = core.pointee.pending & ~Pending.trace | (kinds.contains(.blocks) ? Pending.trace : 0)
  }
}

extension CPU {
  /// Tells of code as it is decoded for the present mode; `State.rip` is its offset in CS.
  func logDecoded(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
    let owner = owner
    guard owner.logged.contains(.code) else { return }
    let disassembler = Disassembler(size: isLong ? .bits64 : core.pointee.mode & 1 != 0 ? .bits32 : .bits16)
    var at = 0
    while at < length {
      let place = core.pointee.state.rip &+ UInt64(at)
      let rest = UnsafeBufferPointer(start: bytes + at, count: length - at)
      let (text, size) = disassembler.disassemble(rest, at: place)
      let step = max(1, min(size, length - at))
      owner.tell(.code(address: place, bytes: Array(rest[..<step]), text: text))
      at += step
    }
  }

  /// Tells of the host code of a unit at `pc`: of each instruction from one of `starts` to the next, as offsets that
  /// `address` makes addresses of, and of what follows, which is seldom run.
  func logHostCode(
    _ unit: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32, _ starts: [Int], _ address: (Int) -> UnsafeRawPointer
  ) {
    let owner = owner
    let disassembler = Disassembler(size: .bits32)
    let guest = unit.pointee.host.assumingMemoryBound(to: UInt8.self)
    for index in 0..<(starts.count - 1) {
      var place = UInt64(pc)
      var text: String?
      if index < Int(unit.pointee.count) {
        let op = unit.pointee.instructions[index]
        place &+= UInt64(op.offset)
        // Of one across two pages the bytes are in two places.
        let bytes = UnsafeBufferPointer(start: guest + Int(op.offset), count: Int(op.length))
        text = unit.pointee.secondHost == nil ? disassembler.disassemble(bytes, at: place).0 : "\(op.operation)"
      }
      let host = address(starts[index])
      owner.tell(
        .hostCode(
          address: place, text: text, host: UInt64(UInt(bitPattern: host)),
          bytes: Array(UnsafeRawBufferPointer(start: host, count: starts[index + 1] - starts[index]))))
    }
  }

  /// Tells of an interrupt or exception that returns to the offset `next`.
  func logInterrupt(
    _ kind: ProcessorEvent.Interrupt.Kind, _ vector: UInt8, code: UInt32? = nil, next: UInt64
  ) {
    let owner = owner
    guard owner.logged.contains(.interrupts) else { return }
    let isException = kind == .exception
    owner.tell(
      .interrupt(
        ProcessorEvent.Interrupt(
          kind, number: vector, name: isException ? Vector.mnemonic(vector) : nil, code: code,
          address: isException && vector == Vector.page ? core.pointee.state.cr2 : nil,
          programCounter: (core.pointee.access[Segment.cs].base &+ next) & core.pointee.linearMask)))
  }

  /// Tells of the map: what fails in it, and what changes it.
  func logTranslation(_ event: @autoclosure () -> ProcessorEvent) {
    let owner = owner
    if owner.logged.contains(.translations) { owner.tell(event()) }
  }
}

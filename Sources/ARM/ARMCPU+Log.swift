public import Engine

/// What a CPU tells a log.
extension ARMCPU: ProcessorLog {
  public func logInterrupts(_ tell: @escaping (String) -> Void) {
    onException = { vector, what in tell("\(what) 0x\(String(vector, radix: 16))") }
  }

  public func logCode(_ tell: @escaping (_ address: UInt64, _ text: String) -> Void) {
    onDecode = { address, bytes, isThumb in
      let disassembler = isThumb ? Disassembler.thumb : Disassembler.arm
      var at = 0
      while at < bytes.count {
        let place = address &+ UInt32(truncatingIfNeeded: at)
        let rest = UnsafeBufferPointer(rebasing: bytes[at...])
        let (text, length) = disassembler.disassemble(rest, at: place)
        tell(UInt64(place), text)
        at += max(2, length)
      }
    }
  }
}

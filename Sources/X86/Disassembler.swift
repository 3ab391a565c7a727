import Engine

/// Writes instructions as `objdump -M intel` does, from the same table that the decoder uses.
public struct Disassembler: Sendable {
  let decoder: Decoder

  /// A disassembler for code of `size`; it knows every instruction of the table.
  public init(size: CodeSize) { decoder = Decoder(size: size, instructionSet: .all) }

  /// The instruction at the start of `bytes`, of which at most 15 count.
  ///
  /// - Parameter address: the offset of the first byte in CS; branch targets are relative to it.
  /// - Returns: the text, and how many bytes it is for: 1 and "(bad)" where no instruction is or bytes are missing.
  public func disassemble(_ bytes: UnsafeBufferPointer<UInt8>, at address: UInt64) -> (text: String, length: Int) {
    guard let start = bytes.baseAddress else { return ("(bad)", 0) }
    var op = Instruction(handler: { _, _ in Outcome.fault })
    guard let row = decoder.decodeRow(start, available: bytes.count, into: &op), row >= 0 else {
      return ("(bad)", min(1, bytes.count))
    }
    var printer = DisassemblyPrinter(
      row: DecoderTables.rows[row], op: op, code: UnsafeBufferPointer(rebasing: bytes[..<Int(op.length)]),
      size: decoder.size, address: address)
    return (printer.text(), Int(op.length))
  }

  /// The same of an array.
  public func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, length: Int) {
    bytes.withUnsafeBufferPointer { disassemble($0, at: address) }
  }
}

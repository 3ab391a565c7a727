/// Data processing (DDI 0100 A3.4, A5.1).
extension Encoding {
  /// An operation with its three second operands: an immediate, a register shifted by a constant, and by a register.
  private static func rows(_ head: String, _ operation: Operation, _ format: String) -> [Encoding] {
    [
      // What names no flags sets them.
      ("001", "rrrriiiiiiii"), ("000", "aaaaatt0mmmm"), ("000", "ssss0tt1mmmm"),
    ].map { kind, operand in
      row(
        "cccc" + kind + head + operand, operation, format + ", {operand}", is: format.contains("{S}") ? [] : .updates)
    }
  }

  private static func computing(_ opcode: String, _ operation: Operation) -> [Encoding] {
    rows(opcode + "Snnnndddd", operation, "\(operation){S}{c} {d}, {n}")
  }

  private static func comparing(_ opcode: String, _ operation: Operation) -> [Encoding] {
    rows(opcode + "1nnnnzzzz", operation, "\(operation){z}{c} {n}")
  }

  static let dataProcessing: [Encoding] = [
    computing("0000", .and), computing("0001", .eor), computing("0010", .sub), computing("0011", .rsb),
    computing("0100", .add), computing("0101", .adc), computing("0110", .sbc), computing("0111", .rsc),
    comparing("1000", .tst), comparing("1001", .teq), comparing("1010", .cmp), comparing("1011", .cmn),
    computing("1100", .orr), computing("1110", .bic), rows("1111Szzzzdddd", .mvn, "mvn{S}{c} {d}"),
  ].flatMap { $0 }

  /// MOV of a shifted register goes by the shift's name.
  static let moves: [Encoding] = [
    row("cccc0011101Szzzzddddrrrriiiiiiii", .mov, "mov{S}{c} {d}, {operand}"),
    row("cccc0001101Szzzzdddd00000000mmmm", .mov, "mov{S}{c} {d}, {m}"),
    row("cccc0001101Szzzzdddd00000110mmmm", .mov, "rrx{S}{c} {d}, {m}", shift: .rrx),
    row("cccc0001101Szzzzddddaaaaa000mmmm", .mov, "lsl{S}{c} {d}, {m}, {a}", shift: .lsl),
    row("cccc0001101Szzzzddddaaaaa010mmmm", .mov, "lsr{S}{c} {d}, {m}, {a}", shift: .lsr),
    row("cccc0001101Szzzzddddaaaaa100mmmm", .mov, "asr{S}{c} {d}, {m}, {a}", shift: .asr),
    row("cccc0001101Szzzzddddaaaaa110mmmm", .mov, "ror{S}{c} {d}, {m}, {a}", shift: .ror),
    row("cccc0001101Szzzzddddssss0001mmmm", .mov, "lsl{S}{c} {d}, {m}, {s}", shift: .lslRegister),
    row("cccc0001101Szzzzddddssss0011mmmm", .mov, "lsr{S}{c} {d}, {m}, {s}", shift: .lsrRegister),
    row("cccc0001101Szzzzddddssss0101mmmm", .mov, "asr{S}{c} {d}, {m}, {s}", shift: .asrRegister),
    row("cccc0001101Szzzzddddssss0111mmmm", .mov, "ror{S}{c} {d}, {m}, {s}", shift: .rorRegister),
  ]
}

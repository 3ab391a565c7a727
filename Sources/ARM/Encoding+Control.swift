/// Branches, status registers, exceptions and coprocessors (DDI 0100 A3.3, A3.9, A3.15, A3.16).
extension Encoding {
  static let branches: [Encoding] = [
    row("1111101hbbbbbbbbbbbbbbbbbbbbbbbb", .blx, "blx {target}", scale: 4),
    row("cccc1010bbbbbbbbbbbbbbbbbbbbbbbb", .b, "b{c} {target}", scale: 4),
    row("cccc1011bbbbbbbbbbbbbbbbbbbbbbbb", .bl, "bl{c} {target}", scale: 4),
    row("cccc00010010oooooooooooo0001mmmm", .bx, "bx{c} {m}"),
    row("cccc00010010oooooooooooo0010mmmm", .bxj, "bxj{c} {m}", forbids: "m"),
    row("cccc00010010oooooooooooo0011mmmm", .blxRegister, "blx{c} {m}", forbids: "m"),
  ]

  static let statusRegisters: [Encoding] = [
    row("cccc00010R00ooooddddzzzz0000zzzz", .mrs, "mrs{c} {d}, {psr}", forbids: "d"),
    row("cccc00010R10ffffoooozzzz0000mmmm", .msr, "msr{c} {psr}, {m}", forbids: "m"),
    row("cccc00110R10ffffoooorrrriiiiiiii", .msr, "msr{c} {psr}, {operand}"),
  ]

  static let exceptions: [Encoding] = [
    row("cccc1111iiiiiiiiiiiiiiiiiiiiiiii", .swi, "svc{c} {i8}"),
    row("111000010010iiiiiiiiiiii0111iiii", .bkpt, "bkpt {i4}"),
    // Undefined for good.
    row("111001111111iiiiiiiiiiii1111iiii", .undefined, "udf {udf}"),
  ]

  /// A row with a condition, and its likeness in the unconditional space.
  private static func both(
    _ pattern: String, _ operation: Operation, _ name: String, _ long: String, _ format: String,
    keepsEncoding: Bool = false
  ) -> [Encoding] {
    [
      row("cccc" + pattern, operation, name + long + "{c} " + format, keepsEncoding: keepsEncoding),
      row("1111" + pattern, operation, name + "2" + long + " " + format, is: .second, keepsEncoding: keepsEncoding),
    ]
  }

  static let coprocessors: [Encoding] = [
    [
      row("cccc11000100nnnnddddppppjjjjgggg", .mcrr, "mcrr{c} {p}, {j}, {d}, {n}, {g}", forbids: "dn"),
      row("cccc11000101nnnnddddppppjjjjgggg", .mrrc, "mrrc{c} {p}, {j}, {d}, {n}, {g}", forbids: "dn"),
      row("cccc11000.0.....................", .undefined),
      row("111111000.0.....................", .undefined),
    ],
    both("110PULW0nnnnvvvvppppiiiiiiii", .stc, "stc", "{L}", "{p}, {v}, {address}", keepsEncoding: true),
    both("110PULW1nnnnvvvvppppiiiiiiii", .ldc, "ldc", "{L}", "{p}, {v}, {address}", keepsEncoding: true),
    both("1110jjjjeeeevvvvppppqqq0gggg", .cdp, "cdp", "", "{p}, {j}, {v}, {e}, {g}, {q}", keepsEncoding: true),
    both("1110jjj0eeeeddddppppqqq1gggg", .mcr, "mcr", "", "{p}, {j}, {d}, {e}, {g}, {q}"),
    both("1110jjj1eeeeddddppppqqq1gggg", .mrc, "mrc", "", "{p}, {j}, {dAPSR}, {e}, {g}, {q}"),
  ].flatMap { $0 }
}

/// Multiplies (DDI 0100 A3.5), saturated arithmetic (A10) and CLZ.
extension Encoding {
  private static func row(_ pattern: String, _ operation: Operation, _ format: String) -> Encoding {
    // No register of these may be r15.
    row(pattern, operation, format, forbids: "dnms")
  }

  static let multiplies: [Encoding] = [
    row("cccc0000000Sddddzzzzssss1001mmmm", .mul, "mul{S}{c} {d}, {m}, {s}"),
    row("cccc0000001Sddddnnnnssss1001mmmm", .mla, "mla{S}{c} {d}, {m}, {s}, {n}"),
    row("cccc0000100Sddddnnnnssss1001mmmm", .umull, "umull{S}{c} {n}, {d}, {m}, {s}"),
    row("cccc0000101Sddddnnnnssss1001mmmm", .umlal, "umlal{S}{c} {n}, {d}, {m}, {s}"),
    row("cccc0000110Sddddnnnnssss1001mmmm", .smull, "smull{S}{c} {n}, {d}, {m}, {s}"),
    row("cccc0000111Sddddnnnnssss1001mmmm", .smlal, "smlal{S}{c} {n}, {d}, {m}, {s}"),

    row("cccc00010000ddddnnnnssss1yx0mmmm", .smla, "smla{x}{y}{c} {d}, {m}, {s}, {n}"),
    row("cccc00010010ddddnnnnssss1y00mmmm", .smlaw, "smlaw{y}{c} {d}, {m}, {s}, {n}"),
    row("cccc00010010ddddzzzzssss1y10mmmm", .smulw, "smulw{y}{c} {d}, {m}, {s}"),
    row("cccc00010100ddddnnnnssss1yx0mmmm", .smlalHalf, "smlal{x}{y}{c} {n}, {d}, {m}, {s}"),
    row("cccc00010110ddddzzzzssss1yx0mmmm", .smul, "smul{x}{y}{c} {d}, {m}, {s}"),

    row("cccc00010000nnnnddddzzzz0101mmmm", .qadd, "qadd{c} {d}, {m}, {n}"),
    row("cccc00010010nnnnddddzzzz0101mmmm", .qsub, "qsub{c} {d}, {m}, {n}"),
    row("cccc00010100nnnnddddzzzz0101mmmm", .qdadd, "qdadd{c} {d}, {m}, {n}"),
    row("cccc00010110nnnnddddzzzz0101mmmm", .qdsub, "qdsub{c} {d}, {m}, {n}"),
    row("cccc00010110ooooddddoooo0001mmmm", .clz, "clz{c} {d}, {m}"),
  ]
}

/// Loads and stores (DDI 0100 A3.11 to A3.14, A5.2 to A5.4).
extension Encoding {
  /// A word or byte at an offset that is an immediate, or a shifted register; first its form with a user's
  /// permissions. `bits` are B and L.
  private static func word(_ bits: (Character, Character), _ operation: Operation, forbids: String = "") -> [Encoding] {
    [("010", "iiiiiiiiiiii"), ("011", "aaaaatt0mmmm")].flatMap { kind, offset in
      [
        row(
          "cccc\(kind)0U\(bits.0)1\(bits.1)nnnndddd" + offset, operation, "\(operation)t{c} {d}, {address}",
          is: [.user, .writeback], forbids: forbids),
        row(
          "cccc\(kind)PU\(bits.0)W\(bits.1)nnnndddd" + offset, operation, "\(operation){c} {d}, {address}",
          forbids: forbids),
      ]
    }
  }

  static let loadsAndStores: [Encoding] =
    word(("0", "0"), .str) + word(("0", "1"), .ldr) + word(("1", "0"), .strb) + word(("1", "1"), .ldrb, forbids: "d")
    + [
      row("11110101U101nnnnooooiiiiiiiiiiii", .pld, "pld {address}", is: .preIndexed),
      row("11110111U101nnnnooooaaaaatt0mmmm", .pld, "pld {address}", is: .preIndexed),
      row("cccc00010000nnnnddddzzzz1001mmmm", .swp, "swp{c} {d}, {m}, [{n}]", forbids: "dnm"),
      row("cccc00010100nnnnddddzzzz1001mmmm", .swpb, "swpb{c} {d}, {m}, [{n}]", forbids: "dnm"),
    ]

  /// What bits 4 and 7 set make of data processing: `bits` are L, S and H.
  private static func extra(
    _ bits: (Character, Character, Character), _ operation: Operation, forbids: String = ""
  ) -> [Encoding] {
    [("1", "iiii", "iiii"), ("0", "zzzz", "mmmm")].map { kind, high, low in
      row(
        "cccc000PU\(kind)W\(bits.0)nnnndddd\(high)1\(bits.1)\(bits.2)1\(low)", operation,
        "\(operation){c} {d}, {address}", forbids: forbids)
    }
  }

  static let extraLoadsAndStores: [Encoding] =
    [
      // LDRD and STRD of odd registers, and of r14.
      row("cccc000....0.......1....11.1....", .undefined),
      row("cccc000....0....1110....11.1....", .undefined),
    ] + extra(("0", "0", "1"), .strh) + extra(("1", "0", "1"), .ldrh, forbids: "d") + extra(("0", "1", "0"), .ldrd)
    + extra(("0", "1", "1"), .strd) + extra(("1", "1", "0"), .ldrsb, forbids: "d")
    + extra(("1", "1", "1"), .ldrsh, forbids: "d")

  static let multipleLoadsAndStores: [Encoding] = [
    row("cccc100....0....0000000000000000", .undefined),
    row("cccc100....1....0000000000000000", .undefined),
    row("cccc100PUuW0nnnnllllllllllllllll", .stm, "stm{mode}{c} {n}{W}, {list}", forbids: "n"),
    row("cccc100PUuW1nnnnllllllllllllllll", .ldm, "ldm{mode}{c} {n}{W}, {list}", forbids: "n"),
  ]
}

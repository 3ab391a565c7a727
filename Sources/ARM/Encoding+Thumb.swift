/// Thumb (DDI 0100 A6.3, A7.1): each row says which ARM instruction it stands for.
extension Encoding {
  static let thumbDataProcessing: [Encoding] = [
    // Shifts by a constant.
    row("0000000000mmmddd", .mov, "movs {d}, {m}", is: .updates),
    row("00000aaaaammmddd", .mov, "lsls {d}, {m}, {a}", is: .updates, shift: .lsl),
    row("00001aaaaammmddd", .mov, "lsrs {d}, {m}, {a}", is: .updates, shift: .lsr),
    row("00010aaaaammmddd", .mov, "asrs {d}, {m}, {a}", is: .updates, shift: .asr),

    // Three operands, and immediates.
    row("0001100mmmnnnddd", .add, "adds {d}, {n}, {m}", is: .updates),
    row("0001101mmmnnnddd", .sub, "subs {d}, {n}, {m}", is: .updates),
    row("0001110iiinnnddd", .add, "adds {d}, {n}, {i}", is: .updates),
    row("0001111iiinnnddd", .sub, "subs {d}, {n}, {i}", is: .updates),
    row("00100dddiiiiiiii", .mov, "movs {d}, {i}", is: .updates),
    row("00101nnniiiiiiii", .cmp, "cmp {n}, {i}", is: .updates),
    row("00110dddiiiiiiii", .add, "adds {d}, {i}", is: .updates, implied: [.rnIsRd]),
    row("00111dddiiiiiiii", .sub, "subs {d}, {i}", is: .updates, implied: [.rnIsRd]),

    // Registers.
    row("0100000000mmmddd", .and, "ands {d}, {m}", is: .updates, implied: [.rnIsRd]),
    row("0100000001mmmddd", .eor, "eors {d}, {m}", is: .updates, implied: [.rnIsRd]),
    row("0100000010sssddd", .mov, "lsls {d}, {s}", is: .updates, shift: .lslRegister, implied: [.rmIsRd]),
    row("0100000011sssddd", .mov, "lsrs {d}, {s}", is: .updates, shift: .lsrRegister, implied: [.rmIsRd]),
    row("0100000100sssddd", .mov, "asrs {d}, {s}", is: .updates, shift: .asrRegister, implied: [.rmIsRd]),
    row("0100000101mmmddd", .adc, "adcs {d}, {m}", is: .updates, implied: [.rnIsRd]),
    row("0100000110mmmddd", .sbc, "sbcs {d}, {m}", is: .updates, implied: [.rnIsRd]),
    row("0100000111sssddd", .mov, "rors {d}, {s}", is: .updates, shift: .rorRegister, implied: [.rmIsRd]),
    row("0100001000mmmnnn", .tst, "tst {n}, {m}", is: .updates),
    row("0100001001nnnddd", .rsb, "negs {d}, {n}", is: .updates),
    row("0100001010mmmnnn", .cmp, "cmp {n}, {m}", is: .updates),
    row("0100001011mmmnnn", .cmn, "cmn {n}, {m}", is: .updates),
    row("0100001100mmmddd", .orr, "orrs {d}, {m}", is: .updates, implied: [.rnIsRd]),
    row("0100001101mmmddd", .mul, "muls {d}, {m}", is: .updates, implied: [.rsIsRd]),
    row("0100001110mmmddd", .bic, "bics {d}, {m}", is: .updates, implied: [.rnIsRd]),
    row("0100001111mmmddd", .mvn, "mvns {d}, {m}", is: .updates),

    // High registers, SP and PC.
    row("01000100dmmmmddd", .add, "add {d}, {m}", implied: [.rnIsRd]),
    row("01000101nmmmmnnn", .cmp, "cmp {n}, {m}", is: .updates),
    row("01000110dmmmmddd", .mov, "mov {d}, {m}"),
    row("10100dddiiiiiiii", .add, "add {d}, pc, {i} {adr}", is: .alignedPC, scale: 4, implied: [.rnIsPC]),
    row("10101dddiiiiiiii", .add, "add {d}, sp, {i}", scale: 4, implied: [.rnIsSP]),
    row("101100000iiiiiii", .add, "add sp, {i}", scale: 4, implied: [.rdIsSP, .rnIsSP]),
    row("101100001iiiiiii", .sub, "sub sp, {i}", scale: 4, implied: [.rdIsSP, .rnIsSP]),
  ]

  static let thumbLoadsAndStores: [Encoding] = [
    row(
      "01001dddiiiiiiii", .ldr, "ldr {d}, [pc, {i}] {literal}", is: [.preIndexed, .alignedPC], scale: 4,
      implied: [.rnIsPC]),
    row("0101000mmmnnnddd", .str, "str {d}, [{n}, {m}]", is: .preIndexed),
    row("0101001mmmnnnddd", .strh, "strh {d}, [{n}, {m}]", is: .preIndexed),
    row("0101010mmmnnnddd", .strb, "strb {d}, [{n}, {m}]", is: .preIndexed),
    row("0101011mmmnnnddd", .ldrsb, "ldrsb {d}, [{n}, {m}]", is: .preIndexed),
    row("0101100mmmnnnddd", .ldr, "ldr {d}, [{n}, {m}]", is: .preIndexed),
    row("0101101mmmnnnddd", .ldrh, "ldrh {d}, [{n}, {m}]", is: .preIndexed),
    row("0101110mmmnnnddd", .ldrb, "ldrb {d}, [{n}, {m}]", is: .preIndexed),
    row("0101111mmmnnnddd", .ldrsh, "ldrsh {d}, [{n}, {m}]", is: .preIndexed),
    row("01100iiiiinnnddd", .str, "str {d}, [{n}, {i}]", is: .preIndexed, scale: 4),
    row("01101iiiiinnnddd", .ldr, "ldr {d}, [{n}, {i}]", is: .preIndexed, scale: 4),
    row("01110iiiiinnnddd", .strb, "strb {d}, [{n}, {i}]", is: .preIndexed),
    row("01111iiiiinnnddd", .ldrb, "ldrb {d}, [{n}, {i}]", is: .preIndexed),
    row("10000iiiiinnnddd", .strh, "strh {d}, [{n}, {i}]", is: .preIndexed, scale: 2),
    row("10001iiiiinnnddd", .ldrh, "ldrh {d}, [{n}, {i}]", is: .preIndexed, scale: 2),
    row("10010dddiiiiiiii", .str, "str {d}, [sp, {i}]", is: .preIndexed, scale: 4, implied: [.rnIsSP]),
    row("10011dddiiiiiiii", .ldr, "ldr {d}, [sp, {i}]", is: .preIndexed, scale: 4, implied: [.rnIsSP]),

    row("1011010000000000", .undefined),
    row("1011110000000000", .undefined),
    row("1011010Ellllllll", .stm, "push {list}", is: [.preIndexed, .subtract, .writeback], implied: [.rnIsSP]),
    row("1011110Ellllllll", .ldm, "pop {list}", is: .writeback, implied: [.rnIsSP]),
    row("1100....00000000", .undefined),
    row("11000nnnllllllll", .stm, "stmia {n}!, {list}", is: .writeback),
    row("11001nnnllllllll", .ldm, "ldmia {n}{unlisted}, {list}", is: .writeback),
  ]

  static let thumbBranches: [Encoding] = [
    row("010001110mmmmzzz", .bx, "bx {m}"),
    row("010001111mmmmzzz", .blxRegister, "blx {m}", forbids: "m"),
    row("10111110iiiiiiii", .bkpt, "bkpt {i4}"),
    row("11011111iiiiiiii", .swi, "svc {svc}"),
    row("11011110iiiiiiii", .undefined, "udf {udf}"),
    row("1101ccccbbbbbbbb", .b, "b{c}.n {target}", scale: 2),
    row("11100bbbbbbbbbbb", .b, "b.n {target}", scale: 2),
    row("11101iiiiiiiiii0", .linkExchange, "blx", scale: 4),
    row("11110bbbbbbbbbbb", .linkPrefix, "bl", scale: 0x1000),
    row("11111iiiiiiiiiii", .linkBranch, "bl", scale: 2),
  ]
}

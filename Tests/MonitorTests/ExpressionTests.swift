import Testing

@testable import Monitor

/// Expressions as C has them, and formats as QEMU's users type them.
struct ExpressionTests {
  private func value(_ text: String) throws(CommandError) -> UInt64 {
    var expression = Expression(Substring(text)) { ["eip": 0xfff0, "r0": 7][$0] }
    let value = try expression.value()
    guard expression.rest.isEmpty else { throw CommandError("rest: \(expression.rest)") }
    return value
  }

  @Test(
    arguments: [
      ("0", 0), ("0x1f", 31), ("0b101", 5), ("017", 15), ("'A'", 65), ("1+2*3", 7), ("(1+2)*3", 9), ("10-3-2", 5),
      ("7/2", 3), ("-7/2", UInt64(bitPattern: -3)), ("-7%4", UInt64(bitPattern: -3)), ("1<<4|1", 17), ("~0>>60", 15),
      ("6&3|8^1", 11), ("$eip+0x10", 0x10000), ("$r0 * ( $r0 - 1 )", 42), ("- - 5", 5), ("+5", 5), ("1<<64", 0),
      ("0xffffffffffffffff+1", 0), ("0x8000000000000000/-1", 1 << 63), ("0x8000000000000000%-1", 0),
    ] as [(String, UInt64)])
  func `an expression has the value that C gives it`(text: String, expected: UInt64) throws {
    #expect(try value(text) == expected)
  }

  @Test(arguments: [
    ("", "A number is missing"), ("1+", "A number is missing"), ("(1", "A closing parenthesis is missing"),
    ("1/0", "Division by zero"), ("1%0", "Division by zero"), ("$nix", "There is no register \"$nix\""),
    ("0x", "\"0x\" is no number of 64 bits"), ("12z", "\"12z\" is no number of 64 bits"),
    ("08", "\"08\" is no number of 64 bits"), ("#", "\"#\" is no number"), ("'ab'", "A character is written as 'A'"),
    ("18446744073709551616", "\"18446744073709551616\" is no number of 64 bits"),
  ])
  func `what is none is told`(text: String, expected: String) {
    #expect(throws: CommandError(expected)) { try value(text) }
  }

  @Test func `nesting is bounded`() {
    #expect(throws: CommandError("The expression is too deep")) {
      try value(String(repeating: "(", count: 100_000) + "1")
    }
    #expect(throws: CommandError("The expression is too deep")) { try value(String(repeating: "-", count: 4000) + "1") }
  }

  @Test func `an expression ends where no operator follows`() throws {
    var expression = Expression("0x80 + 4 0x55 rest") { _ in nil }
    #expect(try expression.value() == 0x84)
    #expect(expression.rest == " 0x55 rest")
  }

  @Test(
    arguments: [
      ("10 -3", 10, " -3"), ("10 - 3 4", 7, " 4"), ("10-3 -2", 7, " -2"), ("0 /tmp/x", 0, " /tmp/x"),
      ("(10 -3) ~1", 7, " ~1"), ("2*3 +4", 6, " +4"), ("5 ", 5, " "),
    ] as [(String, UInt64, String)])
  func `an argument before others ends where a sign belongs to the next one`(
    text: String, value: UInt64, rest: String
  ) throws {
    var expression = Expression(Substring(text), isFollowed: true) { _ in nil }
    #expect(try expression.value() == value)
    #expect(expression.rest == rest)
  }

  @Test func `a format has count, form and width in any order`() throws {
    let format = try DumpFormat("10xb")
    #expect(format.count == 10)
    #expect(format.form == .hexadecimal)
    #expect(format.width == 1)
    #expect(try DumpFormat("gd").width == 8)
    #expect(try DumpFormat("").form == nil)
    #expect(throws: CommandError("A count is 1 to 65536, not 0")) { try DumpFormat("0x") }
    #expect(throws: CommandError("A count is 1 to 65536, not 99999999999999999999999")) {
      try DumpFormat("99999999999999999999999x")
    }
    #expect(throws: CommandError.self) { try DumpFormat("4z") }
  }

  @Test func `values stand in columns of their form and width`() {
    #expect(DumpFormat.show(0xff, .hexadecimal, width: 1) == "0xff")
    #expect(DumpFormat.show(0xff, .signed, width: 1) == "  -1")
    #expect(DumpFormat.show(0xff, .unsigned, width: 1) == "255")
    #expect(DumpFormat.show(8, .octal, width: 1) == " 010")
    #expect(DumpFormat.show(0x8000_0000, .signed, width: 4) == "-2147483648")
    #expect(DumpFormat.show(.max, .unsigned, width: 8) == "18446744073709551615")
    #expect(DumpFormat.show(65, .character, width: 1) == "'A'")
    #expect(DumpFormat.show(10, .character, width: 1) == "'\\n'")
    #expect(DumpFormat.show(0x80, .character, width: 1) == "'\\x80'")
  }
}

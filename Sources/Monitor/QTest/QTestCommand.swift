/// One command of the protocol.
struct QTestCommand: Sendable {
  let name: String
  /// What must follow; more is not looked at.
  let arguments: [String]
  /// What may follow that.
  let optional: [String]
  /// Carries it out. The answer follows `OK`; nil when it is given later.
  let run: @Sendable (QTest, QTestArguments) throws(QTestFailure) -> String?

  init(
    _ name: String, _ arguments: [String] = [], optional: [String] = [],
    _ run: @escaping @Sendable (QTest, QTestArguments) throws(QTestFailure) -> String?
  ) {
    self.name = name
    self.arguments = arguments
    self.optional = optional
    self.run = run
  }

  /// How it is written.
  var usage: String { ([name] + arguments + optional.map { "[\($0)]" }).joined(separator: " ") }

  static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Every command.
  static let all: [QTestCommand] =
    ports + memory + [
      QTestCommand("read", ["ADDR", "SIZE"]) { test, words throws(QTestFailure) in
        let size = try words.size(1)
        guard size > 0 else { throw words.refusal(1, "is no size to read") }
        return " 0x" + QTestText.hexadecimal(test.read(try words.number(0), size))
      },
      QTestCommand("write", ["ADDR", "SIZE", "DATA"]) { test, words throws(QTestFailure) in
        let size = try words.size(1)
        guard size > 0 else { throw .size }
        let address = try words.number(0)
        test.write(try words.hexadecimal(2, size: size), address)
        return ""
      },
      QTestCommand("b64read", ["ADDR", "SIZE"]) { test, words throws(QTestFailure) in
        let size = try words.size(1)
        return " " + QTestText.base64(test.read(try words.number(0), size))
      },
      QTestCommand("b64write", ["ADDR", "SIZE", "DATA"]) { test, words throws(QTestFailure) in
        let size = try words.size(1)
        guard size > 0 else { throw .size }
        let address = try words.number(0)
        guard let bytes = QTestText.bytes(base64: words.bytes(2)) else { throw words.refusal(2, "is not base64") }
        test.write(Array(bytes.prefix(size)), address)
        return ""
      },
      QTestCommand("memset", ["ADDR", "SIZE", "VALUE"]) { test, words throws(QTestFailure) in
        let address = try words.number(0)
        let size = try words.size(1)
        test.write([UInt8](repeating: UInt8(truncatingIfNeeded: try words.number(2)), count: size), address)
        return ""
      },
      QTestCommand("endianness") { _, _ in " little" },
      QTestCommand("clock_step", optional: ["NS"]) { test, words throws(QTestFailure) in
        try test.step(words.has(0) ? Int64(bitPattern: try words.number(0)) : nil)
        return nil
      },
      QTestCommand("clock_set", ["NS"]) { test, words throws(QTestFailure) in
        try test.set(Int64(bitPattern: try words.number(0)))
        return nil
      },
      QTestCommand("irq_intercept_in", ["PATH"]) { test, words throws(QTestFailure) in
        try test.interceptInputs(of: words.text(0))
        return ""
      },
      QTestCommand("irq_intercept_out", ["PATH"], optional: ["NAME"]) { test, words throws(QTestFailure) in
        try test.interceptOutputs(of: words.text(0), named: words.has(1) ? words.text(1) : nil)
        return ""
      },
      QTestCommand("set_irq_in", ["PATH", "NAME", "NUM", "LEVEL"]) { test, words throws(QTestFailure) in
        let level = try words.number(3)
        try test.drive(words.text(0), words.text(1), try words.number(2), level != 0)
        return ""
      },
      // There are no modules to load.
      QTestCommand("module_load", ["PREFIX", "NAME"]) { _, words throws(QTestFailure) in
        throw words.refusal(1, "is not a module")
      },
    ]

  /// `outb` … `inl`.
  private static let ports = [("b", 1), ("w", 2), ("l", 4)].flatMap { suffix, width in
    [
      QTestCommand("out" + suffix, ["ADDR", "VALUE"]) { test, words throws(QTestFailure) in
        let port = try words.port(0)
        test.machine.ports.write(try words.number(1), port, width: width)
        return ""
      },
      QTestCommand("in" + suffix, ["ADDR"]) { test, words throws(QTestFailure) in
        " 0x" + QTestText.number(test.machine.ports.read(try words.port(0), width: width), digits: 4)
      },
    ]
  }

  /// `writeb` … `readq`.
  private static let memory = [("b", 1), ("w", 2), ("l", 4), ("q", 8)].flatMap { suffix, width in
    [
      QTestCommand("write" + suffix, ["ADDR", "VALUE"]) { test, words throws(QTestFailure) in
        let address = try words.number(0)
        test.machine.memory.write(try words.number(1), address, width: width)
        return ""
      },
      QTestCommand("read" + suffix, ["ADDR"]) { test, words throws(QTestFailure) in
        " 0x" + QTestText.number(test.machine.memory.read(try words.number(0), width: width), digits: 16)
      },
    ]
  }
}

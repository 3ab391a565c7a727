import Boards
import Engine

/// The CPUs: `info registers`, `cpus`, `mem`, `tlb`.
extension HumanMonitor {
  /// Ranges of translations that one command looks at.
  static let translationLimit = 100_000

  /// `info registers`.
  func registerText(all: Bool) throws(CommandError) -> String {
    var text = ""
    for index in all ? Array(control.machine.cpus.indices) : [cpu] {
      guard let debug = control.machine.cpus[index] as? any ProcessorDebug else {
        throw CommandError("CPU \(index) shows nothing to debuggers")
      }
      text += "CPU#\(index)\n"
      var rest = debug.debugRegisters[...]
      while let first = rest.first {
        let group = rest.prefix { $0.group == first.group }
        text += Columns.table(group.filter { Self.flags[$0.name] == nil }.map(Self.cell))
        for register in group {
          guard let flags = Self.flags[register.name] else { continue }
          let letters = flags.map { register.value >> UInt128($0.bit) & 1 == 1 ? $0.letter : "-" }
          text += "\(Self.cell(register)) [\(letters.joined())]\n"
        }
        rest = rest.dropFirst(group.count)
      }
    }
    return text
  }

  private static func cell(_ register: DebugRegister) -> String {
    let digits = max(1, (register.bits + 3) / 4)
    return "\(register.name)=\(Columns.hex(register.value, digits: digits))"
  }

  /// The letters of status registers' bits, from the left.
  private static let flags: [String: [(letter: String, bit: Int)]] = [
    "eflags": [("O", 11), ("D", 10), ("I", 9), ("T", 8), ("S", 7), ("Z", 6), ("A", 4), ("P", 2), ("C", 0)],
    "cpsr": [("N", 31), ("Z", 30), ("C", 29), ("V", 28), ("Q", 27), ("J", 24), ("I", 7), ("F", 6), ("T", 5)],
  ]

  /// `info cpus`.
  var cpusText: String {
    control.machine.cpus.map { processor in
      let counter = (processor as? any ProcessorDebug).map { " pc=0x\(Columns.address($0.programCounter))" } ?? ""
      return "\(processor.index == cpu ? "*" : " ") CPU #\(processor.index):\(counter) (\(processor.activity)), "
        + "\(processor.executed) instructions\n"
    }.joined()
  }

  /// Where CPU number `cpu` is, with the next instruction, in a line.
  func placeText(_ cpu: Int) -> String {
    guard let debug = control.machine.cpus[cpu] as? any ProcessorDebug else { return "CPU \(cpu) has stopped\n" }
    var bytes: [UInt8] = []
    for offset in 0..<16 as Range<UInt64> {
      let at = debug.programCounter &+ offset
      guard let found = try? control.virtualMemory(at, count: 1, cpu: cpu) else { break }
      bytes += found
    }
    let words = bytes.isEmpty ? "" : ":  " + debug.disassemble(bytes, at: debug.programCounter).text
    return "CPU \(cpu) at 0x\(Columns.address(debug.programCounter))\(words)\n"
  }

  /// `info tlb`.
  func translationText() throws(CommandError) -> String {
    try translations().map { "\($0)\n" }.joined()
  }

  /// `info mem`: what follows each other with the same rights is one, wherever it is in memory.
  func mappingText() throws(CommandError) -> String {
    var joined: [(first: UInt64, size: UInt64, rights: String)] = []
    for range in try translations() {
      if let last = joined.last, last.first &+ last.size == range.first, last.rights == range.rights {
        joined[joined.count - 1].size &+= range.size
      } else {
        joined.append((range.first, range.size, range.rights))
      }
    }
    return joined.map { range in
      let last = range.first &+ (range.size &- 1)
      return "\(Columns.address(range.first))-\(Columns.address(last)) \(Columns.address(range.size)) \(range.rights)\n"
    }.joined()
  }

  private func translations() throws(CommandError) -> [TranslationRange] {
    guard let ranges = try debug().translations(limit: Self.translationLimit) else {
      throw CommandError("CPU \(cpu) translates no addresses now: paging is off")
    }
    return ranges
  }

  /// `info jit`.
  var engineText: String {
    let translates = control.machine.cpus.contains { $0.translatorStatistics != nil }
    var text =
      translates
      ? "Engine: translator to host code, with the interpreter for single instructions\n"
      : "Engine: interpreter of decoded blocks; no host code is generated\n"
    let cpus = control.machine.cpus
    var kinds = Set<String>()
    // Those that make host code have blocks of their own.
    for processor in cpus
    where kinds.insert(type(of: processor).model.name).inserted || processor.translatorStatistics != nil {
      let statistics = processor.codeStatistics
      let name = type(of: processor).model.name
      text += """
        \(processor.translatorStatistics != nil && cpus.count > 1 ? "CPU \(processor.index), \(name)" : name):
          blocks decoded     \(statistics.blocks), of \(statistics.codeBytes) bytes of guest code
          instructions       \(statistics.instructions) of \(statistics.capacity)
          host memory        \(statistics.hostBytes) bytes
          blocks overwritten \(statistics.invalidations)
          flushes            \(statistics.flushes)

        """
      if let translator = processor.translatorStatistics { text += Self.text(translator) }
    }
    return text
  }

  /// `part` of `whole` in percent.
  private static func share(_ part: UInt64, _ whole: UInt64) -> String {
    guard whole > 0 else { return "0 %" }
    // Never rounded up to all of it.
    let hundredths = (Double(part) / Double(whole) * 10_000).rounded(.down)
    return "\(hundredths / 100) %"
  }

  /// How many instructions the run loop gets done by entering host code once.
  private static func each(_ translator: TranslatorStatistics) -> UInt64 {
    translator.entries > 0 ? translator.translated / translator.entries : 0
  }

  private static func text(_ translator: TranslatorStatistics) -> String {
    let fallbacks = translator.fallbacks.prefix(12).map { "\($0.operation) \($0.count)" }.joined(separator: ", ")
    return """
        translations       \(translator.blocks)
        host code          \(translator.codeBytes) of \(translator.capacity) bytes
        executed in it     \(share(translator.translated, translator.retired)) of \(translator.retired) instructions
        entered            \(translator.entries) times by the run loop, for \(each(translator)) instructions each
        jumps to no code   \(translator.misses)
        linked jumps       \(translator.links)
        overwritten        \(translator.abandoned)
        code flushes       \(translator.flushes)
        by the interpreter \(fallbacks.isEmpty ? "none" : fallbacks)

      """
  }
}

import Engine

/// A part of a target description ("Standard Target Features" in GDB's manual): registers that come together.
struct GDBFeature {
  /// GDB's name of it.
  let name: String
  /// The document that has it.
  let file: String
  /// The types its registers use, as XML.
  var types = ""
  /// In the order of their numbers.
  let registers: [GDBRegister]

  /// The document.
  var xml: String {
    "<?xml version=\"1.0\"?>\n<!DOCTYPE feature SYSTEM \"gdb-target.dtd\">\n<feature name=\"\(name)\">\n\(types)"
      + registers.map(\.xml).joined() + "</feature>\n"
  }

  /// A type of `bits` whose bits have names.
  static func flags(_ id: String, bits: Int, _ fields: [(name: String, bit: Int)]) -> String {
    let lines = fields.map { "    <field name=\"\($0.name)\" start=\"\($0.bit)\" end=\"\($0.bit)\"/>\n" }
    return "  <flags id=\"\(id)\" size=\"\(bits / 8)\">\n\(lines.joined())  </flags>\n"
  }

  /// The features that GDB has for an architecture.
  static func standard(_ architecture: String) -> [GDBFeature] {
    switch architecture {
    case "i386": i386
    case "arm": arm
    default: []
    }
  }

  /// All registers of a CPU that no standard feature has, for `info registers system`; for i386 GDB lists them with the
  /// general ones, whatever the group.
  static func system(_ architecture: String, _ registers: [DebugRegister]) -> GDBFeature {
    var types = ""
    let listed = registers.map { register -> GDBRegister in
      let bits = [8, 16, 32, 64].first(where: { register.bits <= $0 }) ?? 128
      var type = "uint\(bits)"
      if let fields = systemFlags[register.name], bits >= 32 {
        type = "\(register.name)_flags"
        types += flags(type, bits: bits, fields.filter { $0.bit < bits })
      }
      return GDBRegister(register.name, bits: bits, type: type, group: "system")
    }
    return GDBFeature(
      name: "org.ferry.\(architecture).system", file: "\(architecture)-system.xml", types: types, registers: listed)
  }

  /// Bits of system registers that have names (SDM 3A 2.5, 2.2.1; DDI 0198 2.3.4).
  private static let systemFlags: [String: [(name: String, bit: Int)]] = [
    "cr0": [
      ("PE", 0), ("MP", 1), ("EM", 2), ("TS", 3), ("ET", 4), ("NE", 5), ("WP", 16), ("AM", 18), ("NW", 29), ("CD", 30),
      ("PG", 31),
    ],
    "cr4": [
      ("VME", 0), ("PVI", 1), ("TSD", 2), ("DE", 3), ("PSE", 4), ("PAE", 5), ("MCE", 6), ("PGE", 7), ("PCE", 8),
      ("OSFXSR", 9), ("OSXMMEXCPT", 10), ("UMIP", 11), ("SMEP", 20), ("SMAP", 21),
    ],
    "efer": [("SCE", 0), ("LME", 8), ("LMA", 10), ("NXE", 11)],
  ]
}

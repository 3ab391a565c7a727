import Host

/// One way to control the machine: `-qmp`, `-mon`.
struct ControlOption: Equatable {
  /// Who talks there.
  enum Mode: String, CaseIterable {
    /// QMP.
    case control
    /// The human monitor.
    case readline
  }

  let mode: Mode
  let kind: BackendKind
  /// QMP's JSON has many lines.
  var isPretty = false

  /// What `-mon TEXT` means.
  init(mon text: String) throws(OptionError) {
    let option = OptionText(text)
    let keys = ["chardev", "mode", "pretty"]
    for (key, _) in option.pairs where !keys.contains(key) {
      throw OptionError.unknown("property of -mon", key, among: keys)
    }
    // The name may stand alone.
    guard let id = option["chardev"] ?? (option.kind.isEmpty ? nil : option.kind), !id.isEmpty else {
      throw OptionError("-mon \(text): chardev=ID is missing")
    }
    kind = .named(id)
    let name = option["mode"] ?? Mode.readline.rawValue
    guard let mode = Mode(rawValue: name) else {
      throw OptionError.unknown("-mon mode", name, among: Mode.allCases.map(\.rawValue))
    }
    self.mode = mode
    switch option["pretty"] {
    case nil, "off": break
    case "on": isPretty = true
    case let value?: throw OptionError("pretty=\(value): expected on or off")
    }
  }

  /// A control of `mode` at what `text` describes, as `-qmp TEXT` has it.
  init(_ mode: Mode, _ text: String, pretty: Bool = false) throws(OptionError) {
    self.mode = mode
    kind = try BackendKind(serial: text)
    isPretty = pretty
  }
}

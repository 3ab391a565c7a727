import Host

/// What `-autosave` says.
struct AutosaveOption: Equatable {
  /// Seconds of the host between two snapshots; nil for none but those that SIGUSR1 asks for.
  var seconds: Int?
  /// How many of the timer's snapshots are kept; nil for all.
  var keep: Int?
  /// Where snapshots go: see `SnapshotSeries`. Nil: the machine's name in the present folder.
  var prefix: String?

  /// None.
  init() {}

  /// What `SECONDS[,keep=N][,path=PREFIX]` means.
  init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    for (key, value) in option.pairs {
      switch key {
      case "keep":
        guard let number = Int(value), (1...10000).contains(number) else {
          throw OptionError("-autosave keep=\(value): expected 1 to 10000")
        }
        keep = number
      case "path":
        guard !value.isEmpty, !value.hasSuffix("/") else {
          throw OptionError("-autosave path=\(value): expected the beginning of a file's name")
        }
        prefix = value
      default: throw OptionError.unknown("property of -autosave", key, among: ["keep", "path"])
      }
    }
    guard !option.kind.isEmpty else {
      guard prefix != nil, keep == nil else { throw OptionError("-autosave \(text): expected SECONDS") }
      return
    }
    guard let number = Int(option.kind), (1...86400).contains(number) else {
      throw OptionError("-autosave \(option.kind): expected 1 to 86400 seconds")
    }
    seconds = number
  }
}

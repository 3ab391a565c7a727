/// One run's numbers, by what they are: millions of instructions a second, or seconds.
struct Measurement {
  private(set) var values: [(name: String, value: Double, unit: String)] = []
  /// What the parts of the guest's work gave, as it says, by the part's name.
  private(set) var checksums: [String: String] = [:]

  /// Reads the lines `bench NAME: … X ms[, Y MIPS]` of the built-in guest.
  init(guestOutput text: String) {
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("bench ") {
      let halves = line.dropFirst(6).split(separator: ":", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let name = String(halves[0])
      var found: (Double, String)?
      for part in halves[1].split(separator: ",") {
        let words = part.split(separator: " ")
        if words.count == 2, words[0] == "checksum" { checksums[name] = String(words[1]) }
        guard words.count == 2, let number = Double(words[0]) else { continue }
        if words[1] == "MIPS" { found = (number, "MIPS") }
        if words[1] == "ms", found == nil { found = (number / 1000, "s") }
      }
      if let (value, unit) = found { values.append((name, value, unit)) }
    }
  }

  init(seconds: Double, name: String) { values = [(name, seconds, "s")] }
}

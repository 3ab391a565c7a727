import Boards
import Host

/// A kernel's symbols: a System.map, as nm(1) prints it.
struct SymbolMap {
  /// Symbols that name where something ends.
  private static let ends: Set = ["_etext", "_edata", "_end", "__bss_stop"]
  private var symbols: [(address: UInt64, name: String)] = []

  /// - Throws: `HostError` when the file holds no symbols.
  init(_ path: String, offset: String?) throws {
    let text = String(decoding: try HostFile.read(path, what: "symbols", limit: 64 << 20), as: UTF8.self)
    var all: [(address: UInt64, name: String)] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      // Absolute symbols are numbers, not places.
      guard words.count == 3, words[1] != "A", words[1] != "a", let address = UInt64(words[0], radix: 16) else {
        continue
      }
      all.append((address, String(words[2])))
    }
    guard !all.isEmpty else { throw HostError("symbols \(path): no lines of address, kind and name") }
    var base: UInt64 = 0
    if let offset {
      guard let value = SizeText.parse(offset) else {
        throw OptionError("--offset \(offset): expected an address such as 0xc0000000")
      }
      base = value
    } else if let text = all.first(where: { $0.name == "_text" || $0.name == "_stext" })?.address {
      // Where Linux has the beginning of memory, seen from its text: 64-bit x86, the rest.
      base = text >= 0xffff_ffff_8000_0000 ? 0xffff_ffff_8000_0000 : text & 0xf000_0000
    }
    symbols = all.filter { $0.address >= base }.map { ($0.address - base, $0.name) }.sorted { $0.address < $1.address }
  }

  /// The symbol whose range holds the physical `address`.
  func name(at address: UInt64) -> String? {
    var low = 0
    var high = symbols.count
    while low < high {
      let middle = (low + high) / 2
      if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    // Behind the last one there is the rest of memory; and a map of code alone knows nothing of what follows it.
    guard low > 0, low < symbols.count, !Self.ends.contains(symbols[low - 1].name) else { return nil }
    return symbols[low - 1].name
  }
}

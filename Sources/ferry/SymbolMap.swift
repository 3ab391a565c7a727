import Boards
import Host

/// A guest's symbols: a System.map, as nm(1) and /proc/kallsyms print it, or the table of an ELF file.
struct SymbolMap {
  /// Symbols that name where something ends.
  private static let ends: Set = ["_etext", "_edata", "_end", "__bss_stop"]
  private var isELF = false
  private var symbols: [(address: UInt64, name: String)] = []

  /// The symbols at the addresses that the file has.
  ///
  /// - Throws: `HostError` when the file holds no symbols.
  init(_ path: String) throws {
    let bytes = try HostFile.read(path, what: "symbols", limit: 1 << 30)
    if let table = ELFSymbols(bytes) {
      isELF = true
      symbols = table.all
    } else {
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == "\t" }
        // Absolute symbols are numbers, not places.
        guard words.count >= 3, words[1] != "A", words[1] != "a", let address = UInt64(words[0], radix: 16) else {
          continue
        }
        symbols.append((address, String(words[2])))
      }
    }
    guard !symbols.isEmpty else {
      throw HostError("symbols \(path): no lines of address, kind and name, and no ELF file with a symbol table")
    }
    symbols.sort { $0.address < $1.address }
  }

  /// Those that `options` name, else those of the kernel, where it has any.
  ///
  /// - Throws: `HostError` when a file that is named holds no symbols.
  init?(of options: RunOptions) throws {
    if let path = options.symbols {
      try self.init(path)
    } else if let kernel = options.kernel, let map = try? SymbolMap(kernel), map.isELF {
      self = map
    } else {
      return nil
    }
  }

  /// The same at physical addresses: `offset`, or where Linux has the beginning of memory, is taken from each.
  ///
  /// - Throws: `OptionError` when `offset` is no address.
  func physical(offset: String?) throws(OptionError) -> SymbolMap {
    var base: UInt64 = 0
    if let offset {
      guard let value = SizeText.parse(offset) else {
        throw OptionError("--offset \(offset): expected an address such as 0xc0000000")
      }
      base = value
    } else if let text = symbols.first(where: { $0.name == "_text" || $0.name == "_stext" })?.address {
      // Seen from its text: 64-bit x86, the rest.
      base = text >= 0xffff_ffff_8000_0000 ? 0xffff_ffff_8000_0000 : text & 0xf000_0000
    }
    var map = self
    map.symbols = symbols.filter { $0.address >= base }.map { ($0.address - base, $0.name) }
    return map
  }

  /// The symbol whose range holds `address`.
  func name(at address: UInt64) -> String? { find(address)?.name }

  /// The same, and how far behind its beginning that is.
  func place(_ address: UInt64) -> String? {
    find(address).map { $0.address == address ? $0.name : "\($0.name)+0x\(String(address - $0.address, radix: 16))" }
  }

  private func find(_ address: UInt64) -> (address: UInt64, name: String)? {
    var low = 0
    var high = symbols.count
    while low < high {
      let middle = (low + high) / 2
      if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    // Behind the last one there is the rest of memory; and a map of code alone knows nothing of what follows it.
    guard low > 0, low < symbols.count, !Self.ends.contains(symbols[low - 1].name) else { return nil }
    return symbols[low - 1]
  }
}

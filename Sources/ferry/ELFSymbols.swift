/// The symbols of an ELF file, 32 or 64 bits, little endian (System V ABI, chapter 4).
struct ELFSymbols {
  /// Those of functions, and of what has no type, as assembler's labels have none.
  let all: [(address: UInt64, name: String)]

  /// Nil when `bytes` are no such file. What lies outside of the file is left out.
  init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]), bytes.count >= 64, bytes[4] == 1 || bytes[4] == 2, bytes[5] == 1
    else { return nil }
    let isWide = bytes[4] == 2
    func number(_ offset: UInt64, _ count: Int) -> UInt64? {
      guard bytes.count >= count, offset <= UInt64(bytes.count - count) else { return nil }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[Int(offset) + $1]) << UInt64($1 * 8) }
    }
    func word(_ offset: UInt64) -> UInt64? { number(offset, isWide ? 8 : 4) }
    guard let table = word(isWide ? 40 : 32), let size = number(isWide ? 58 : 46, 2),
      let count = number(isWide ? 60 : 48, 2)
    else { return nil }
    /// Where a section is, how long, and the number of the one that it needs.
    func section(_ index: UInt64) -> (kind: UInt64, start: UInt64, size: UInt64, link: UInt64)? {
      guard index < count else { return nil }
      let at = table &+ index &* size
      guard let kind = number(at &+ 4, 4), let start = word(at &+ (isWide ? 24 : 16)),
        let length = word(at &+ (isWide ? 32 : 20)), let link = number(at &+ (isWide ? 40 : 24), 4)
      else { return nil }
      return (kind, start, length, link)
    }
    var found: [(address: UInt64, name: String)] = []
    for index in 0..<count {
      // SHT_SYMTAB
      guard let symbols = section(index), symbols.kind == 2, let names = section(symbols.link),
        names.start <= UInt64(bytes.count)
      else { continue }
      let entry: UInt64 = isWide ? 24 : 16
      for symbol in 0..<min(symbols.size, UInt64(bytes.count)) / entry {
        let at = symbols.start &+ symbol &* entry
        guard let name = number(at, 4), let info = number(at &+ (isWide ? 4 : 12), 1),
          let place = number(at &+ (isWide ? 6 : 14), 2), let value = word(at &+ (isWide ? 8 : 4))
        else { break }
        // STT_NOTYPE or STT_FUNC, in a section; ARM's mapping symbols begin with a dollar sign.
        guard info & 0xf == 0 || info & 0xf == 2, place != 0, place < 0xff00, name < names.size,
          let first = Int(exactly: names.start &+ name), first < bytes.count
        else { continue }
        let text = String(decoding: bytes[first...].prefix(256).prefix { $0 != 0 }, as: UTF8.self)
        // A function's lowest bit says that it is Thumb code.
        if !text.isEmpty, !text.hasPrefix("$") { found.append((info & 0xf == 2 && !isWide ? value & ~1 : value, text)) }
      }
    }
    all = found
  }
}

/// U-Boot's legacy image: a header of 64 bytes with big-endian numbers, then the data.
struct UImage {
  /// Where U-Boot would copy the data; nil when it may lie anywhere.
  let load: UInt32?
  /// Where it is entered.
  let entry: UInt32
  /// The name in the header.
  let name: String
  let data: [UInt8]

  static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x27, 0x05, 0x19, 0x56]) }

  /// Takes the header off, and checks both checksums.
  ///
  /// - Throws: `BootError` when it is cut short, damaged, or not an uncompressed kernel for ARM.
  init(_ file: BootRequest.File) throws(BootError) {
    let bytes = file.bytes
    func word(_ at: Int) -> UInt32 { bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    guard bytes.count >= 64 else {
      throw .truncated(file: file.name, what: "the uImage header", needs: 64, has: UInt64(bytes.count))
    }
    func refuse(_ reason: String) -> BootError { .unsupported(file: file.name, reason: reason) }
    var header = Array(bytes[..<64])
    header.replaceSubrange(4..<8, with: [0, 0, 0, 0])
    guard CRC32.of(header[...]) == word(4) else { throw refuse("a uImage whose header does not match its checksum") }
    let size = Int(word(12))
    guard size <= bytes.count - 64 else {
      throw .truncated(file: file.name, what: "the uImage's data", needs: UInt64(64 + size), has: UInt64(bytes.count))
    }
    guard CRC32.of(bytes[64..<64 + size]) == word(24) else {
      throw refuse("a uImage whose data does not match its checksum")
    }
    guard bytes[29] == 2 else {
      if bytes[29] == 3 || bytes[29] == 24 {
        throw .wrongArchitecture(file: file.name, kernel: "x86", cpu: "ARM")
      }
      throw refuse("a uImage for CPU kind \(bytes[29]), not for ARM")
    }
    let isAnywhere = bytes[30] == 14
    guard bytes[30] == 2 || isAnywhere else { throw refuse("a uImage of type \(bytes[30]), not a kernel") }
    guard bytes[31] == 0 else { throw refuse("a compressed uImage: make it with \"-C none\", a zImage unpacks itself") }
    load = isAnywhere ? nil : word(16)
    entry = word(20)
    name = String(
      bytes[32..<64].prefix { $0 != 0 }.map { (0x20..<0x7f).contains($0) ? Character(UnicodeScalar($0)) : "?" })
    data = Array(bytes[64..<64 + size])
  }
}

import Host

/// An initial RAM disk made of two archives, one behind the other, as Linux takes them.
struct Initramfs {
  private(set) var bytes: [UInt8]

  /// The file `base` with Ferry's own archive `name` behind it.
  init(adding name: String, to base: String) throws {
    guard let path = DataFolders().find(name) else { throw HostError("\(name) is missing") }
    bytes = try HostFile.read(base, what: "initial RAM disk")
    // An archive that is not compressed begins at a multiple of four.
    bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    bytes += try HostFile.read(path, what: "archive")
  }
}

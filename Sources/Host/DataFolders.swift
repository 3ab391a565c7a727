import Glibc

/// Where Ferry's own files are: board files in `machines/`, guest programs in `roms/`.
///
/// Folders named with `-L` come first, then `FERRY_DATA`, then what was built with the program: a bundle beside
/// it, or `../share/ferry` of where it was installed.
public struct DataFolders: Sendable {
  /// In the order in which they are searched.
  public let folders: [String]

  /// The usual folders, with `extra` before them.
  public init(extra: [String] = []) {
    var folders = extra
    if let variable = getenv("FERRY_DATA") { folders.append(String(cString: variable)) }
    if let program = Self.programFolder {
      folders.append(program + "/ferry_Boards.resources")
      folders.append(program + "/../share/ferry")
    }
    self.folders = folders
  }

  /// The first folder's file of that name, such as `machines/microvm.yaml`; a folder may also hold it flat, as
  /// the bundle does.
  public func find(_ name: String) -> String? {
    let flat = name.split(separator: "/").last.map(String.init) ?? name
    return folders.flatMap { [$0 + "/" + name, $0 + "/" + flat] }.first(where: HostFile.exists)
  }

  /// Names of files in `folder` that end with `suffix`, of all places, sorted.
  public func list(_ folder: String, suffix: String) -> [String] {
    var names = Set<String>()
    for place in folders {
      for name in HostFile.names(in: place + "/" + folder) + HostFile.names(in: place) where name.hasSuffix(suffix) {
        names.insert(name)
      }
    }
    return names.sorted()
  }

  private static var programFolder: String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return nil }
    let path = buffer[..<count].map(UInt8.init(bitPattern:))
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return String(decoding: path[..<slash], as: UTF8.self)
  }
}

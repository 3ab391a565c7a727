public import Foundation

/// What generators recorded: compressed files beside the tests, and programs of the host to read them with.
public enum Recorded {
  /// The contents of `Vectors/NAME` among the resources in `bundle`, decompressed.
  public static func file(_ name: String, in bundle: Bundle) throws -> [UInt8] {
    guard let path = bundle.path(forResource: "Vectors/\(name)", ofType: nil) else {
      throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "Vectors/\(name)"])
    }
    return try output(of: "gzip", ["-dc", path])
  }

  /// What a program writes, in full.
  public static func output(of program: String, _ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return [UInt8](data)
  }

  /// Whether the host has a program of that name.
  public static func hasProgram(_ name: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  /// The folder with guests, where the environment names one.
  public static var guests: String? {
    ProcessInfo.processInfo.environment["FERRY_GUESTS"].flatMap { $0.isEmpty ? nil : $0 }
  }
}

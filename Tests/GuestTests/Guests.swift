import Foundation
import Testing

/// The real kernels that `FERRY_GUESTS` names, as `Tests/GuestTests/fetch` brings them.
enum Guests {
  static let folder = ProcessInfo.processInfo.environment["FERRY_GUESTS"]

  /// The release-built emulator: a debug build boots too, but takes its time.
  static let ferry: String = {
    if let named = ProcessInfo.processInfo.environment["FERRY"] { return named }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(".build/release/ferry").path
  }()

  static let areThere: Bool = {
    guard let folder else {
      print("guest tests skipped: FERRY_GUESTS does not name a folder filled by Tests/GuestTests/fetch")
      return false
    }
    guard FileManager.default.isReadableFile(atPath: "\(folder)/i386/vmlinuz") else {
      print("guest tests skipped: \(folder)/i386/vmlinuz is not there; Tests/GuestTests/fetch \(folder) brings it")
      return false
    }
    guard FileManager.default.isExecutableFile(atPath: ferry) else {
      print("guest tests skipped: \(ferry) is not there; swift build -c release makes it")
      return false
    }
    return true
  }()

  /// The same for the Integrator/CP.
  static let armIsThere: Bool = {
    guard areThere else { return false }
    guard FileManager.default.isReadableFile(atPath: path("arm/vmlinuz")) else {
      print(
        "Integrator/CP tests skipped: \(path("arm/vmlinuz")) is not there; Tests/GuestTests/fetch DIR arm builds it")
      return false
    }
    return true
  }()

  /// The same where nothing else runs on the host: what a window costs can be judged.
  static let isAlone = canBeSeen && ProcessInfo.processInfo.environment["FERRY_ALONE"] != nil

  /// The same with a screen that nobody needs to have, and hands and eyes for it.
  static let canBeSeen: Bool = {
    guard areThere else { return false }
    for program in ["Xvfb", "openbox", "xdotool", "import", "compare"] {
      guard
        ["/usr/bin", "/usr/local/bin"].contains(where: {
          FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        })
      else {
        print(
          "window tests skipped: \(program) is not there; apt-get install xvfb openbox xdotool imagemagick brings it")
        return false
      }
    }
    return true
  }()

  /// Whether Tests/GuestTests/fetch-tools has brought what tests of disks need in a guest; the reason is printed where not.
  static func hasTools(_ guest: String) -> Bool {
    guard guest != "arm" || armIsThere else { return false }
    guard FileManager.default.isReadableFile(atPath: path("\(guest)/tools.gz")) else {
      print("disk tests skipped: \(path("\(guest)/tools.gz")) is not there; Tests/GuestTests/fetch-tools brings it")
      return false
    }
    return true
  }

  /// The initramfs of `guest` with its tools, and with `files` at its root, as a file in `folder`.
  static func initrd(_ guest: String, in folder: String, files: [String: String] = [:]) throws -> String {
    try FileManager.default.createDirectory(atPath: "\(folder)/root", withIntermediateDirectories: true)
    for (name, text) in files { try text.write(toFile: "\(folder)/root/\(name)", atomically: true, encoding: .utf8) }
    let all = "\(folder)/initrd.gz"
    let text =
      "cd '\(folder)/root' && find . | cpio -o -H newc --quiet | gzip -1 >../files.gz && "
      + "cat '\(path("\(guest)/initrd.gz"))' '\(path("\(guest)/tools.gz"))' ../files.gz >'\(all)'"
    let result = try run("/bin/sh", ["-c", text], seconds: 30)
    guard result.status == 0 else { throw CocoaError(.fileWriteUnknown) }
    return all
  }

  static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }

  /// What `sha256sum` says of the busybox in `initrd`, computed on the host.
  static func busyboxDigest(initrd: String) throws -> String {
    let text = "gzip -dc '\(initrd)' | cpio -i --quiet --to-stdout bin/busybox | sha256sum"
    let result = try run("/bin/sh", ["-c", text], seconds: 60)
    return String(result.output.prefix(64))
  }

  struct Result {
    var output: String
    var status: Int32
  }

  /// Runs a program to its end, or kills it after `seconds`.
  static func run(_ program: String, _ arguments: [String], seconds: Double) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let watchdog = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    watchdog.cancel()
    return Result(
      output: String(decoding: data, as: UTF8.self).replacing("\r\n", with: "\n"), status: process.terminationStatus)
  }
}

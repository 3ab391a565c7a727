import Foundation
import Host

/// Runs a subject on QEMU's TCG.
struct QEMURunner {
  private let subject: Subject
  private let target: Target

  init(_ subject: Subject, on target: Target) {
    self.subject = subject
    self.target = target
  }

  func measure() throws -> Measurement {
    let program = target.qemu.program
    guard HostFile.exists(program) else { throw HostError("\(program) is not installed") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    var arguments = target.qemu.options
    arguments += ["-accel", "tcg", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot"]
    if target.cpus > 1 { arguments += ["-smp", "\(target.cpus)"] }
    var temporary: String?
    defer { if let temporary { unlink(temporary) } }
    switch subject {
    case .guest(let words):
      guard let kernel = DataFolders().find(target.guest) else { throw HostError("\(target.guest) is missing") }
      let words = "quiet \(target.qemu.guestWords)\(words) \(target.guestEnd)"
      arguments += ["-kernel", kernel, "-append", words]
    case .boot(let folder), .compute(let folder, _):
      var disk = "\(folder)/initrd.gz"
      if case .compute = subject {
        let whole = try Initramfs(adding: target.programs, to: disk)
        disk = FileManager.default.temporaryDirectory.appending(path: "ferry-bench-\(getpid()).initrd").path
        try Data(whole.bytes).write(to: URL(filePath: disk))
        temporary = disk
      }
      arguments += ["-kernel", "\(folder)/vmlinuz", "-initrd", disk]
      let tree = "\(folder)/board.dtb"
      if HostFile.exists(tree) { arguments += ["-dtb", tree] }
      arguments += ["-append", target.kernelWords + subject.runWords]
    }
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    let started = HostClock.monotonic
    try process.run()
    var text: [UInt8] = []
    var seconds: Double?
    let mark = subject.endMark.map { Array($0.utf8) }
    while true {
      let part = pipe.fileHandleForReading.availableData
      if part.isEmpty { break }
      text += part
      if let mark, seconds == nil, contains(text, mark) {
        seconds = Double(HostClock.monotonic - started) / 1e9
        process.terminate()
      }
    }
    process.waitUntilExit()
    guard mark != nil else { return Measurement(guestOutput: String(decoding: text, as: UTF8.self)) }
    guard let seconds else { throw HostError("QEMU's guest ended before its shell") }
    return Measurement(seconds: seconds, name: "boot to shell")
  }

  private func contains(_ text: [UInt8], _ mark: [UInt8]) -> Bool {
    guard text.count >= mark.count else { return false }
    return (0...text.count - mark.count).contains { text[$0..<$0 + mark.count].elementsEqual(mark) }
  }
}

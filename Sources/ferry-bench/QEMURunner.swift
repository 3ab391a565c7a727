import Foundation
import Host

/// Runs a subject on QEMU's TCG.
struct QEMURunner {
  private let subject: Subject

  init(_ subject: Subject) { self.subject = subject }

  func measure() throws -> Measurement {
    let program = "/usr/bin/qemu-system-i386"
    guard HostFile.exists(program) else { throw HostError("\(program) is not installed") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    var arguments = ["-accel", "tcg", "-m", "256", "-display", "none", "-serial", "stdio", "-monitor", "none"]
    arguments += ["-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    switch subject {
    case .guest(let words):
      guard let kernel = DataFolders().find("roms/demo/demo.elf") else {
        throw HostError("roms/demo/demo.elf is missing")
      }
      arguments += ["-kernel", kernel, "-append", "quiet exit=0xf4 \(words) run=off"]
    case .boot(let folder):
      arguments += ["-kernel", "\(folder)/vmlinuz", "-initrd", "\(folder)/initrd.gz"]
      arguments += ["-append", Subject.kernelWords]
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

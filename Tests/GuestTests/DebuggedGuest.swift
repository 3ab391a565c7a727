import Foundation
import Testing

/// A board's Linux as gdb looks at it.
enum DebuggedGuest: String, CaseIterable, CustomTestStringConvertible {
  case i386, arm

  var testDescription: String { rawValue }

  /// Ferry's arguments up to the kernel's command line.
  func arguments(_ commandLine: String) -> [String] {
    let console = self == .i386 ? "ttyS0" : "ttyAMA0"
    return ["run", "-M", self == .i386 ? "microvm" : "integratorcp", "-m", self == .i386 ? "256" : "64", "-no-reboot"]
      + ["-kernel", Guests.path("\(rawValue)/vmlinuz")]
      + ["-initrd", Guests.path("\(rawValue)/initrd.gz")]
      + ["-append", "console=\(console) quiet nokaslr panic=-1 \(commandLine)"]
  }

  /// Addresses of what the kernel says it has, by name, and how they follow each other.
  private static let symbols: [Self: [(name: String, address: UInt64)]] = Dictionary(
    uniqueKeysWithValues: allCases.map { guest in
      let words = "run=grep~-e~start_kernel~-e~start_secondary~-e~jiffies_read~/proc/kallsyms run=reboot~-f"
      let arguments = guest.arguments(words) + ["-nographic"]
      let lines = (try? Guests.run(Guests.ferry, arguments, seconds: 300))?.output.split(separator: "\n") ?? []
      return (
        guest,
        lines.compactMap { line in
          let words = line.split(separator: " ")
          guard words.count == 3, let address = UInt64(words[0], radix: 16) else { return nil }
          return (String(words[2]), address)
        }
      )
    })

  /// The address of a symbol.
  func address(_ name: String) -> UInt64? { Self.symbols[self]?.first { $0.name == name }?.address }

  /// Where the kernel's `jiffies` is, as its own `jiffies_read` says: on ARM the word behind the function's four
  /// instructions, on x86 the operand of its first MOV EAX, moffs32.
  func jiffies(_ gdb: Debugger) -> UInt64? {
    guard let function = address("jiffies_read") else { return nil }
    switch self {
    case .arm: return gdb.value("*(unsigned int *)\(function + 16)")
    case .i386:
      let operation = (function..<function + 24).first { gdb.value("*(unsigned char *)\($0)") == 0xa1 }
      return operation.flatMap { gdb.value("*(unsigned int *)\($0 + 1)") }
    }
  }
}

/// All that is said, each line with the seconds since the conversation began: `[R +0.000012] inb 0x40` was received,
/// `[S +…]` sent, and `[I …]` tells of the conversation.
public final class QTestLog {
  /// Longer lines are cut.
  static let width = 1000
  private let clock: () -> Int64
  private let write: (String) -> Void
  private var start: Int64 = 0

  /// A log whose lines, each with its line feed, go to `write`; `clock` gives nanoseconds.
  public init(clock: @escaping () -> Int64, _ write: @escaping (String) -> Void) {
    self.clock = clock
    self.write = write
  }

  func opened() {
    start = clock()
    write("[I 0.000000] OPENED\n")
  }

  func closed() { add("I", "CLOSED") }
  func received(_ line: ArraySlice<UInt8>) {
    add("R", String(decoding: line.prefix(Self.width), as: UTF8.self) + (line.count > Self.width ? "…" : ""))
  }
  func sent(_ line: String) {
    let isLong = line.utf8.count > Self.width
    add("S", isLong ? String(decoding: line.utf8.prefix(Self.width), as: UTF8.self) + "…" : line)
  }

  private func add(_ kind: Character, _ line: String) {
    let time = max(0, clock() - start) / 1000
    let fraction = String(time % 1_000_000)
    let zeros = String(repeating: "0", count: 6 - fraction.count)
    // What is no text must not become the terminal's commands.
    let shown = String(line.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
    write("[\(kind) +\(time / 1_000_000).\(zeros)\(fraction)] \(shown)\n")
  }
}

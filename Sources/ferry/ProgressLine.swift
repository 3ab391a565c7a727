import Glibc
import Host

/// How far long work is, on a terminal; in a pipe nothing.
final class ProgressLine {
  private let what: String
  private let total: Int
  private let isTerminal = isatty(2) == 1
  private var shown = -1

  init(_ what: String, total: Int) {
    self.what = what
    self.total = max(1, total)
  }

  /// `done` of the total is done.
  func show(_ done: Int) {
    guard isTerminal else { return }
    let percent = done / max(1, total / 100)
    guard percent != shown else { return }
    shown = percent
    StandardError.write("\r\(what): \(min(100, percent)) %")
  }

  /// Takes the line away.
  func end() {
    if isTerminal, shown >= 0 { StandardError.write("\r\u{1b}[K") }
  }
}

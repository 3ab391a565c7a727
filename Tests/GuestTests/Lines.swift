/// Lines that a guest's loop has printed: `NUMBER ANSWER`, one after the other.
struct Lines {
  /// What must be in each behind its number.
  let answer: String
  /// The number of the last whole line.
  private(set) var last = 0
  /// What was wrong.
  private(set) var faults: [String] = []
  /// The highest number that may have been printed, where it was in a line whose beginning is lost.
  private var highest = 0
  private var line: [UInt8] = []
  private var isBehindCut = false
  private var lacksBeginning = false

  init(answer: String) { self.answer = answer }

  /// Takes what was printed. `isCut` says that it ends anywhere, and that what comes next may say some of it again.
  mutating func take(_ bytes: [UInt8], isCut: Bool) {
    for byte in bytes {
      switch byte {
      case 13: break
      case 10: end()
      default: line.append(byte)
      }
    }
    guard isCut else { return }
    line = []
    isBehindCut = true
    lacksBeginning = true
  }

  private mutating func end() {
    let text = String(decoding: line, as: UTF8.self)
    line = []
    defer { lacksBeginning = false }
    let words = text.split(separator: " ", maxSplits: 1)
    if words.count == 2, words[1] == answer, let number = Int(words[0]) {
      // Without its first digits it may be any.
      if lacksBeginning, number != last + 1 {
        highest += 1
        return
      }
      if isBehindCut ? number > highest + 1 : number != last + 1 { faults.append("\(number) behind \(last)") }
      (last, highest, isBehindCut) = (number, number, false)
    } else if lacksBeginning, " \(answer)".hasSuffix(text) {
      highest += 1
    } else {
      faults.append("\"\(text)\" behind \(last)")
    }
  }
}

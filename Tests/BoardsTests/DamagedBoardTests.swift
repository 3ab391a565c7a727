import Foundation
import SavedState
import Testing

@testable import Boards

/// Board files are written by people and come with streams: nothing in them may stop the program.
struct DamagedBoardTests {
  private static let lines: [String] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try? String(contentsOf: root.appending(path: "machines/microvm.yaml"), encoding: .utf8)
    return (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }()

  private func outcome(_ text: String) -> String? {
    do throws(BoardError) {
      for board in try BoardReader(text, file: "x.yaml").versions() {
        #expect(!(try BoardMap(board: board, cpus: 1).text.isEmpty))
      }
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `the board itself is good`() {
    #expect(Self.lines.count > 50)
    #expect(outcome(Self.lines.joined(separator: "\n")) == nil)
  }

  @Test func `damaged anywhere it is refused in one line or read`() {
    var random = SplitMix64(seed: 31)
    let words = [
      "0", "-1", "18446744073709551615", "0xffffffffffffffff", "16E", "1T", "null", "[]", "{}", "true", "\"\"", "*x",
      "&a", "x: y", "lapic0.lint0", "0x20", "99999999999999999999", "|", "- 1",
    ]
    var refused = 0
    var accepted = 0
    for _ in 0..<4000 {
      var lines = Self.lines
      let at = Int.random(in: 0..<lines.count, using: &random)
      let word = words.randomElement(using: &random) ?? ""
      switch random.next() % 5 {
      case 0: lines.remove(at: at)
      case 1: lines.insert(lines.randomElement(using: &random) ?? "", at: at)
      case 2:
        // Another value behind one of the line's keys.
        var parts = lines[at].split(separator: ": ", omittingEmptySubsequences: false).map(String.init)
        parts[parts.count - 1] = word + (parts[parts.count - 1].hasSuffix("}") ? "}" : "")
        lines[at] = parts.joined(separator: ": ")
      case 3: lines[at] = String(repeating: " ", count: Int(random.next() % 8)) + word
      default:
        var characters = Array(lines[at])
        guard !characters.isEmpty else { continue }
        characters[Int.random(in: 0..<characters.count, using: &random)] =
          "{}[]:,-#&*\"'x0\t".randomElement(using: &random) ?? "?"
        lines[at] = String(characters)
      }
      if let words = outcome(lines.joined(separator: "\n")) {
        refused += 1
        #expect(words.hasPrefix("x.yaml"), "\(words)")
        #expect(!words.contains("\n"), "\(words)")
      } else {
        accepted += 1
      }
    }
    #expect(refused > 500 && accepted > 100)
  }

  @Test(arguments: [
    ("default: 256M", "default: 128G", "memory: the default, 128G, is more than the maximum, 64G"),
    ("maximum: 64G", "maximum: 18446744073709551615", "maximum: \"18446744073709551615\" is no size from 1M to 16T"),
    ("size: 3G", "size: 0", "size: \"0\" is no size from 1M to 4096T"),
  ])
  func `sizes of RAM that cannot be are refused`(old: String, new: String, message: String) {
    let text = Self.lines.joined(separator: "\n").replacing(old, with: new)
    #expect(outcome(text)?.hasSuffix(message) == true, "\(outcome(text) ?? "accepted")")
  }
}

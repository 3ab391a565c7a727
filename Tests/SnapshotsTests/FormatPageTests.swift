import Foundation
import SavedState
import Snapshots
import Testing

/// Format.md, by which others write readers.
struct FormatPageTests {
  private static let page: String = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return (try? String(contentsOf: root.appending(path: "Sources/Snapshots/Format.md"), encoding: .utf8)) ?? ""
  }()

  @Test func `the page has the ASN.1 module of the nodes`() {
    let module = ASN1Module.text([])
    #expect(Self.page.contains("```asn1\n" + module.trimmingCharacters(in: .newlines) + "\n```"))
  }

  @Test func `the page has the numbers of the format`() {
    for number in [
      "version of the format: \(SnapshotFormat.version)", "at most \(SnapshotFormat.sectionLimit)",
      "comment, at most \(SnapshotFormat.commentLimit)", "thumbnail, at most \(SnapshotFormat.thumbnailLimit)",
      "console, at most \(SnapshotFormat.consoleLimit)", "Pages have \(SnapshotFormat.pageSize) bytes",
      "chunks \(SnapshotFormat.chunkSize)", "At most \(SnapshotFormat.chainLimit) bases",
      SnapshotFormat.magic.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " "),
    ] { #expect(Self.page.contains(number), "\(number)") }
    for kind in SnapshotSection.Kind.allCases {
      #expect(Self.page.contains("| \(kind.rawValue) | `\(kind)` |"), "\(kind)")
    }
  }
}

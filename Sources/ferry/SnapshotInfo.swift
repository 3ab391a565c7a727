import ArgumentParser
import Boards
import Glibc
import Host
import Snapshots

/// `ferry snapshot info FILE`.
struct SnapshotInfo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Print what a file's header says. Nothing else of it is read.")

  @Argument(help: SnapshotInput.help)
  var file: String

  @Option(help: "Also write the thumbnail of the screen, a PNG file, here.")
  var thumbnail: String?

  func run() throws {
    let file = SnapshotInput.socket(file) == nil ? try SnapshotFile(file) : nil
    let contents = try file == nil ? SnapshotInput(self.file).contents : nil
    guard let header = file?.header ?? contents?.header, let blocks = file?.blocks ?? contents?.blocks else { return }
    func line(_ name: String, _ value: String) { print(name.padding(12) + value) }
    line("board", "\(header.board)-\(header.boardVersion)")
    line(file == nil ? "now" : "saved", "\(SnapshotSeries.text(header.wallTime)) UTC by \(header.producer)")
    line("guest time", Self.seconds(header.guestTime))
    if let file {
      line("format", "\(header.version), readers from \(header.oldestReader) on")
      line("size", "\(header.fileLength) bytes\(file.isCompressed ? ", compressed" : "")")
    }
    for block in blocks {
      line("memory", "\(block.name): \(SizeText.show(UInt64(block.size)))\(block.isReadOnly ? ", read-only" : "")")
    }
    for delta in try file?.deltas() ?? [] {
      line("disk", "\(delta.name): \(delta.contents) bytes over \(SizeText.show(UInt64(delta.size)))")
    }
    if file != nil { line("root", Self.hex(header.root)) }
    if let base = try file?.base() { line("base", "\(base.hint), root \(Self.hex(base.root))") }
    if !header.comment.isEmpty { line("comment", header.comment) }
    if !header.thumbnail.isEmpty { line("thumbnail", "\(header.thumbnail.count) bytes of PNG") }
    if !header.console.isEmpty {
      print("console")
      for text in header.console.split(separator: "\n", omittingEmptySubsequences: false) {
        print("  | " + Self.printable(text))
      }
    }
    guard let path = thumbnail else { return }
    guard !header.thumbnail.isEmpty else { throw OptionError("\(self.file) has no thumbnail") }
    try HostFile.write(header.thumbnail, to: path, what: "thumbnail")
  }

  /// A guest's text without what would move the cursor or change the terminal.
  private static func printable(_ text: Substring) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "." : $0 }))
  }

  static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func seconds(_ nanoseconds: Int64) -> String {
    let thousandths = String(nanoseconds / 1_000_000 % 1000 + 1000).dropFirst()
    return "\(nanoseconds / 1_000_000_000).\(thousandths) s"
  }
}

import DeviceModel
import Host
import Snapshots

/// What the guest shows and prints, and waiting for it: scripts test guests with these.
extension Control {
  /// How long a command waits where nobody says it, in seconds of the host's time.
  public static let patience = 60
  /// How long it waits at most.
  static let longestPatience = 86_400

  /// The characters of the text mode that the machine shows, a line a row.
  public func screenText() throws(CommandError) -> [String] { try text(of: picture()) }

  private func text(of picture: any Picture) throws(CommandError) -> [String] {
    guard let text = picture.text else {
      throw CommandError("The board \(machine.board.name) shows a picture and no text; screendump writes it to a file")
    }
    return text
  }

  /// 16 hexadecimal digits that are the same for the same picture, and its size: XXH64 of width and height as 32-bit
  /// numbers and of the dots, row after row: blue, green, red, 0.
  public func screenHash(of device: String? = nil) throws(CommandError) -> (hash: String, width: Int, height: Int) {
    let picture = try picture(of: device)
    _ = picture.update(0)
    return (Self.hash(of: picture), picture.width, picture.height)
  }

  /// Has the answer wait until the screen, or that of `device`, has the text `text`, which may have several lines,
  /// or the hash `hash`.
  public func waitForScreen(
    text: String? = nil, hash: String? = nil, of device: String? = nil, seconds: Int = patience
  ) throws(CommandError) {
    guard text != nil || hash != nil else { throw CommandError("wait-screen needs a text or a hash to wait for") }
    guard text?.isEmpty != true else { throw CommandError("An empty text is always there") }
    if let hash, hash.count != 16 || !hash.allSatisfy(\.isHexDigit) {
      throw CommandError("'\(hash.prefix(40))' is no hash: 16 hexadecimal digits, as screen-hash prints them")
    }
    let picture = try picture(of: device)
    if text != nil { _ = try self.text(of: picture) }
    func present() -> String { picture.text?.joined(separator: "\n") ?? "" }
    var seen: String?
    try wait(seconds) {
      // A hash is made again only where something has changed.
      let hasChanged = picture.update(0) || seen == nil
      if let text, !present().contains(text) { return false }
      guard let hash else { return true }
      if hasChanged { seen = Self.hash(of: picture) }
      return seen == hash.lowercased()
    } refusal: {
      if let text, !present().contains(text) {
        let last = picture.text?.last { !$0.isEmpty } ?? ""
        return CommandError("'\(text)' has not come to the screen in \(seconds) s; its last line is '\(last)'")
      }
      return CommandError(
        "The screen has not had the hash \(hash ?? "") in \(seconds) s; it is \(Self.hash(of: picture))")
    }
  }

  /// Has the answer wait until the guest has printed `text` on its first serial port, after what was found last.
  public func waitForSerial(text: String, seconds: Int = patience) throws(CommandError) {
    guard let transcript = host.transcript else {
      throw CommandError("The machine has no serial port with something at it; see -serial")
    }
    let bytes = Array(text.utf8)
    guard (1...1024).contains(bytes.count) else { throw CommandError("A text has 1 to 1024 bytes") }
    var place = 0
    try wait(seconds) {
      guard let next = transcript.find(bytes, from: place) else { return true }
      place = next
      return false
    } refusal: { [host] in
      let last = host.console.split(whereSeparator: \.isNewline).last ?? ""
      return CommandError("The guest has not printed '\(text)' in \(seconds) s; its last line is '\(last)'")
    }
  }

  private func wait(_ seconds: Int, until isThere: @escaping () -> Bool, refusal: @escaping () -> CommandError)
    throws(CommandError)
  {
    guard (0...Self.longestPatience).contains(seconds) else {
      throw CommandError("A command waits for 0 to \(Self.longestPatience) seconds, not for \(seconds)")
    }
    let wait = Wait(host.poller, seconds: seconds, until: isThere, refusal: refusal)
    if let failure = wait.failure { throw failure }
    guard !wait.isOver else { return }
    waits.append(wait)
    wait.whenOver { [weak self, weak wait] in self?.waits.removeAll { $0 === wait } }
    awaited = wait
  }

  private static func hash(of picture: any Picture) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + picture.pixels.count * 4)
    for number in [UInt32(truncatingIfNeeded: picture.width), UInt32(truncatingIfNeeded: picture.height)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    for dot in picture.pixels { withUnsafeBytes(of: dot.littleEndian) { bytes.append(contentsOf: $0) } }
    let digits = String(XXH64.hash(bytes), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

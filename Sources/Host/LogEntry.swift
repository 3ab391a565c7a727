import Logging

/// One entry of a log.
struct LogEntry {
  let item: String
  let message: String
  let fields: Logger.Metadata

  /// As a line of text, or as a JSON object (RFC 8259) on one line.
  func line(json: Bool) -> String {
    guard json else { return "\(item): \(fields["device"].map { "\($0): " } ?? "")\(message)\n" }
    var members: [String] = []
    if let time = fields["time"] { members.append("\"time\":\(time)") }
    members.append("\"item\":\(Self.quote(item))")
    for (key, value) in fields.sorted(by: { ($0.key == "device" ? "" : $0.key) < ($1.key == "device" ? "" : $1.key) })
    where key != "time" {
      members.append("\(Self.quote(key)):\(Self.text(value))")
    }
    members.append("\"message\":\(Self.quote(message))")
    return "{\(members.joined(separator: ","))}\n"
  }

  private static func text(_ value: Logger.MetadataValue) -> String {
    guard case .stringConvertible(let plain) = value else { return quote("\(value)") }
    if plain is any BinaryInteger || plain is Bool { return "\(plain)" }
    return quote("\(plain)")
  }

  private static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..."\u{1f}", "\u{7f}":
        quoted += "\\u00" + String(scalar.value + 0x100, radix: 16).dropFirst()
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

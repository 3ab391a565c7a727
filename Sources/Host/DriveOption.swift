/// A disk as `-drive` describes it.
public struct DriveOption: Equatable, Sendable {
  /// The place of the board that a drive goes into.
  public enum Slot: Sendable { case none, sd }

  /// The resource name of the board's SD slot.
  public static let sdSlot = "sd0"

  /// What devices and board files call it.
  public let id: String
  /// The image.
  public let path: String
  public let isReadOnly: Bool
  public let slot: Slot
  /// The user has said that the image is raw.
  public let isRaw: Bool

  /// What `-drive TEXT` means.
  public init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    guard option.kind.isEmpty else { throw OptionError("-drive \(text): expected file=PATH,id=NAME") }
    let keys = ["file", "id", "readonly", "if", "format"]
    for (key, _) in option.pairs where !keys.contains(key) {
      throw OptionError.unknown("property of -drive", key, among: keys)
    }
    guard let path = option["file"], !path.isEmpty else { throw OptionError("-drive \(text): file=PATH is missing") }
    self.path = path
    switch option["readonly"] ?? "off" {
    case "on", "yes", "true": isReadOnly = true
    case "off", "no", "false": isReadOnly = false
    case let value: throw OptionError("readonly=\(value): expected on or off")
    }
    switch option["if"] ?? "none" {
    case "none": slot = .none
    case "sd": slot = .sd
    case let value: throw OptionError.unknown("-drive if", value, among: ["none", "sd"])
    }
    switch option["format"] {
    case nil: isRaw = false
    case "raw": isRaw = true
    case let value?:
      throw OptionError("format=\(value): only raw images can be used; qemu-img convert -O raw makes one")
    }
    guard let id = option["id"] ?? (slot == .sd ? Self.sdSlot : nil), !id.isEmpty else {
      throw OptionError("-drive \(text): id=NAME is missing")
    }
    self.id = id
  }

  /// Opens the image; with `isWaiting` another process hands it over later.
  public func open(isWaiting: Bool = false) throws(HostError) -> FileDisk {
    try FileDisk(name: id, path: path, readOnly: isReadOnly, isRaw: isRaw, isWaiting: isWaiting)
  }
}

public import DeviceModel

/// A disk as `-drive` describes it.
public struct DriveOption: Equatable, Sendable {
  /// The place of the board that a drive goes into.
  public enum Slot: Sendable {
    case none, sd
    /// None of the board's: a block device is made for it.
    case virtio
  }

  /// Where what is written goes.
  public enum Overlay: Equatable, Sendable {
    /// Into the image.
    case none
    /// Into a file that is gone with the process.
    case temporary
    /// Into that file, which lies over the image.
    case named(String)
  }

  /// The resource name of the board's SD slot.
  public static let sdSlot = "sd0"

  /// What devices and board files call it.
  public let id: String
  /// The image.
  public let path: String
  public let isReadOnly: Bool
  public let slot: Slot
  public let overlay: Overlay
  /// The user has said that the image is raw.
  public let isRaw: Bool
  /// The disk may have been written since a machine that goes on with it was saved.
  public let acceptsChanges: Bool

  /// What `-drive TEXT` means.
  public init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    guard option.kind.isEmpty else { throw OptionError("-drive \(text): expected file=PATH,id=NAME") }
    let keys = ["file", "id", "readonly", "if", "format", "snapshot", "overlay", "changed"]
    for (key, _) in option.pairs where !keys.contains(key) {
      throw OptionError.unknown("property of -drive", key, among: keys)
    }
    guard let path = option["file"], !path.isEmpty else { throw OptionError("-drive \(text): file=PATH is missing") }
    self.path = path
    isReadOnly = try Self.flag(option, "readonly")
    let isTemporary = try Self.flag(option, "snapshot")
    if let path = option["overlay"] {
      guard !path.isEmpty, !isTemporary else { throw OptionError("overlay=FILE and snapshot=on exclude each other") }
      overlay = .named(path)
    } else {
      overlay = isTemporary ? .temporary : .none
    }
    guard overlay == .none || !isReadOnly else { throw OptionError("readonly=on leaves nothing to be overlaid") }
    switch option["if"] ?? "none" {
    case "none": slot = .none
    case "sd": slot = .sd
    case "virtio": slot = .virtio
    case let value: throw OptionError.unknown("-drive if", value, among: ["none", "sd", "virtio"])
    }
    switch option["changed"] ?? "refuse" {
    case "accept": acceptsChanges = true
    case "refuse": acceptsChanges = false
    case let value: throw OptionError.unknown("-drive changed", value, among: ["accept", "refuse"])
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
  public func open(isWaiting: Bool = false) throws(HostError) -> any BlockBackend {
    switch overlay {
    case .none:
      try FileDisk(
        name: id, path: path, readOnly: isReadOnly, isRaw: isRaw, isWaiting: isWaiting, acceptsChanges: acceptsChanges)
    case .temporary: try OverlayDisk(name: id, base: path, path: nil, isRaw: isRaw, acceptsChanges: acceptsChanges)
    case .named(let file):
      try OverlayDisk(
        name: id, base: path, path: file, isRaw: isRaw, isWaiting: isWaiting, acceptsChanges: acceptsChanges)
    }
  }

  private static func flag(_ option: OptionText, _ key: String) throws(OptionError) -> Bool {
    switch option[key] ?? "off" {
    case "on", "yes", "true": return true
    case "off", "no", "false": return false
    case let value: throw OptionError("\(key)=\(value): expected on or off")
    }
  }
}

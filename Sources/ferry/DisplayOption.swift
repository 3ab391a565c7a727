import Host

/// What `-display` says.
struct DisplayOption: Equatable {
  /// What to do about a window.
  enum Kind: Equatable { case none, window, windowIfPossible }

  var kind = Kind.none
  /// Where the picture goes at the end of the run and on SIGUSR2.
  var screenshot: String?
  /// Where all pictures go.
  var record: String?
  /// Dots of the window for one of the picture's.
  var scale = 1.0
  var isFullScreen = false
  /// The folder of the slots; nil for the usual one.
  var slots: String?

  /// No window.
  init(_ kind: Kind = .none) { self.kind = kind }

  /// What `sdl|none[,key=value…]` means.
  init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    switch option.kind {
    case "sdl": kind = .window
    case "none": kind = .none
    default: throw OptionError.unknown("-display", option.kind, among: ["sdl", "none"])
    }
    let files = ["screenshot", "record"]
    let windows = ["scale", "fullscreen", "slots"]
    for (key, value) in option.pairs {
      guard kind == .window || !windows.contains(key) else {
        throw OptionError("-display none has no \(key): that is for sdl")
      }
      guard !value.isEmpty else { throw OptionError("-display \(key)=: expected a value") }
      switch key {
      case "screenshot": screenshot = value
      case "record": record = value
      case "slots": slots = value
      case "scale":
        guard let number = Double(value), (0.25...16).contains(number) else {
          throw OptionError("-display scale=\(value): expected 0.25 to 16")
        }
        scale = number
      case "fullscreen":
        guard ["on", "off"].contains(value) else {
          throw OptionError("-display fullscreen=\(value): expected on or off")
        }
        isFullScreen = value == "on"
      default: throw OptionError.unknown("property of -display", key, among: files + windows)
      }
    }
  }
}

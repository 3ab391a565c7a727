/// What is measured.
enum Subject {
  /// The built-in guest with these words on its command line.
  case guest(words: String)
  /// Debian's kernel, from power on to its shell.
  case boot(folder: String)

  /// After this the measurement is complete.
  var endMark: String? {
    switch self {
    case .guest: nil
    case .boot: "BOOT-OK"
    }
  }
}

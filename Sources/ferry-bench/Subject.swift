/// What is measured.
enum Subject {
  /// The built-in guest with these words on its command line.
  case guest(words: String)
  /// A folder's Linux, from power on to its shell.
  case boot(folder: String)
  /// A folder's Linux, which runs programs that compute: `all` of them, or one.
  case compute(folder: String, program: String)

  /// After this the measurement is complete; nil when the guest says itself how long it took.
  var endMark: String? {
    switch self {
    case .guest, .compute: nil
    case .boot: "BOOT-OK"
    }
  }

  /// What the kernel's initramfs is to run.
  var runWords: String {
    switch self {
    case .guest: ""
    case .boot: " run=reboot~-f"
    case .compute(_, let program): " quiet run=/compute/\(program) run=reboot~-f"
    }
  }
}

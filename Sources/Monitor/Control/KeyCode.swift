/// QMP's names of keys (`QKeyCode`) as make codes of scan-code set 1, with 0xe0 in the high byte for keys that have
/// the prefix.
enum KeyCode {
  static let leftShift: UInt16 = 0x2a

  /// Nil for a name that is none.
  static func make(_ name: String) -> UInt16? { codes[name] }

  /// All names, sorted.
  static let names: [String] = codes.keys.sorted()

  private static let codes: [String: UInt16] = {
    var codes: [String: UInt16] = [:]
    func row(_ first: UInt16, _ names: String) {
      for (index, name) in names.split(separator: " ").enumerated() { codes[String(name)] = first + UInt16(index) }
    }
    row(0x01, "esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p")
    row(0x1a, "bracket_left bracket_right ret ctrl a s d f g h j k l semicolon apostrophe grave_accent shift")
    row(0x2b, "backslash z x c v b n m comma dot slash shift_r kp_multiply alt spc caps_lock")
    row(0x3b, "f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 num_lock scroll_lock")
    row(0x47, "kp_7 kp_8 kp_9 kp_subtract kp_4 kp_5 kp_6 kp_add kp_1 kp_2 kp_3 kp_0 kp_decimal sysrq")
    row(0x56, "less f11 f12")
    row(0x73, "ro")
    for (name, code) in [
      ("asterisk", 0x37), ("kp_enter", 0xe01c), ("ctrl_r", 0xe01d), ("kp_divide", 0xe035), ("print", 0xe037),
      ("alt_r", 0xe038), ("pause", 0xe11d), ("home", 0xe047), ("up", 0xe048), ("pgup", 0xe049), ("left", 0xe04b),
      ("right", 0xe04d), ("end", 0xe04f), ("down", 0xe050), ("pgdn", 0xe051), ("insert", 0xe052), ("delete", 0xe053),
      ("meta_l", 0xe05b), ("meta_r", 0xe05c), ("menu", 0xe05d), ("compose", 0xe05d), ("kp_equals", 0x59),
      ("henkan", 0x79), ("muhenkan", 0x7b), ("yen", 0x7d), ("kp_comma", 0x7e), ("hiragana", 0x77),
      ("katakanahiragana", 0x70), ("f13", 0x5d), ("f14", 0x5e), ("f15", 0x5f), ("audionext", 0xe019),
      ("audioprev", 0xe010), ("audiostop", 0xe024), ("audioplay", 0xe022), ("audiomute", 0xe020),
      ("volumeup", 0xe030), ("volumedown", 0xe02e), ("calculator", 0xe021), ("mail", 0xe06c), ("computer", 0xe06b),
      ("ac_home", 0xe032), ("ac_back", 0xe06a), ("ac_forward", 0xe069), ("ac_refresh", 0xe067),
      ("ac_bookmarks", 0xe066), ("power", 0xe05e), ("sleep", 0xe05f), ("wake", 0xe063),
    ] as [(String, UInt16)] {
      codes[name] = code
    }
    return codes
  }()
}

/// What somebody in front of the machine does and sees.
extension HumanCommand {
  static let human: [HumanCommand] = [
    HumanCommand(
      "sendkey", [HumanArgument("KEYS", .keys), HumanArgument("MILLISECONDS", .expression, optional: true)],
      "press keys together, as in ctrl-alt-f1, and release them after 100 ms of the guest's time"
    ) { monitor, arguments throws(CommandError) in
      let time = try arguments.number("MILLISECONDS", in: 0...60_000, default: Control.holdTime)
      try monitor.sendKeys(arguments.needed("KEYS"), holding: time)
      return ""
    },
    HumanCommand(
      "mouse_move",
      [
        HumanArgument("DX", .expression), HumanArgument("DY", .expression),
        HumanArgument("DZ", .expression, optional: true),
      ], "move the mouse right and down, its wheel towards the user"
    ) { monitor, arguments throws(CommandError) in
      let range: ClosedRange<Int64> = -32_768...32_767
      try monitor.control.moveMouse(
        dx: Int32(try arguments.number("DX", in: range)), dy: Int32(try arguments.number("DY", in: range)),
        dz: Int32(try arguments.number("DZ", in: range)))
      return ""
    },
    HumanCommand(
      "mouse_button", [HumanArgument("BUTTONS", .expression)],
      "which of the mouse's buttons are down: the sum of 1 (left), 2 (middle), 4 (right)"
    ) { monitor, arguments throws(CommandError) in
      let buttons = UInt8(try arguments.number("BUTTONS", in: 0...7))
      try monitor.control.setMouseButtons(buttons & 1 | (buttons & 2) << 1 | (buttons & 4) >> 1)
      return ""
    },
    HumanCommand(
      "screendump",
      [
        HumanArgument("FILE", .word), HumanArgument("FORMAT", .choice(["png", "ppm"]), optional: true),
        HumanArgument("DEVICE", .word, optional: true),
      ],
      "write the picture to a file: PNG where its name ends so, else PPM"
    ) { monitor, arguments throws(CommandError) in
      let file = arguments.needed("FILE")
      let named: Control.PictureFormat = file.lowercased().hasSuffix(".png") ? .png : .ppm
      try monitor.control.screendump(
        to: file, of: arguments.text("DEVICE"),
        as: arguments.text("FORMAT").flatMap(Control.PictureFormat.init) ?? named)
      return ""
    },
    HumanCommand("type", [HumanArgument("TEXT", .rest)], "type a text as on a US keyboard, and Return") {
      monitor, arguments throws(CommandError) in
      try monitor.control.type(arguments.needed("TEXT") + "\n")
      return ""
    },
    HumanCommand("screen-text", [], "the characters of a text screen") { monitor, _ throws(CommandError) in
      try monitor.control.screenText().map { $0 + "\n" }.joined()
    },
    HumanCommand("screen-hash", [], "16 digits that tell pictures apart") { monitor, _ throws(CommandError) in
      let (hash, width, height) = try monitor.control.screenHash()
      return "\(hash) \(width)x\(height)\n"
    },
    HumanCommand(
      "wait-screen",
      [
        HumanArgument("-hash", .flag), HumanArgument("TEXT", .word),
        HumanArgument("SECONDS", .expression, optional: true),
      ], "wait until the screen has a text, or the hash that screen-hash printed"
    ) { monitor, arguments throws(CommandError) in
      let what = arguments.needed("TEXT")
      let isHash = arguments.has("-hash")
      try monitor.control.waitForScreen(
        text: isHash ? nil : what, hash: isHash ? what : nil, seconds: try seconds(arguments))
      return ""
    },
    HumanCommand(
      "wait-serial", [HumanArgument("TEXT", .word), HumanArgument("SECONDS", .expression, optional: true)],
      "wait until the guest has printed a text on its first serial port"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.waitForSerial(text: arguments.needed("TEXT"), seconds: try seconds(arguments))
      return ""
    },
  ]

  private static func seconds(_ arguments: HumanArguments) throws(CommandError) -> Int {
    let most = Int64(Control.longestPatience)
    return Int(try arguments.number("SECONDS", in: 0...most, default: Int64(Control.patience)))
  }
}

import SavedState

/// Memory and pictures, into files.
extension QMPCommand {
  static let files: [QMPCommand] = [
    .action(
      "memsave", "writes memory, as a CPU sees it, to a file",
      [
        QMPMember("val", .integer), QMPMember("size", .integer), QMPMember("filename", .string),
        QMPMember("cpu-index", .integer, optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      try control.saveMemory(
        virtual: try arguments.number("val"), count: try arguments.number("size"),
        cpu: try arguments.integer("cpu-index", 0...Int(Int32.max)) ?? 0, to: arguments.text("filename"))
    },
    .action(
      "pmemsave", "writes physical memory to a file",
      [QMPMember("val", .integer), QMPMember("size", .integer), QMPMember("filename", .string)]
    ) { control, arguments throws(CommandError) in
      try control.saveMemory(
        physical: try arguments.number("val"), count: try arguments.number("size"), to: arguments.text("filename"))
    },
    .action(
      "screendump", "writes the picture to a file",
      [
        QMPMember("filename", .string), QMPMember("device", .string, optional: true),
        QMPMember(
          "format", .enumeration("ImageFormat", Control.PictureFormat.allCases.map(\.rawValue)), optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      let format = arguments.string("format").flatMap(Control.PictureFormat.init) ?? .ppm
      try control.screendump(to: arguments.text("filename"), of: arguments.string("device"), as: format)
    },
    QMPCommand("screen-text", "the characters of a text screen, by rows", returns: .array(.string)) {
      control, _ throws(CommandError) in .array(try control.screenText().map { .string($0) })
    },
    QMPCommand(
      "screen-hash", "a number that tells pictures apart", [QMPMember("device", .string, optional: true)],
      returns: .object(
        QMPObject(
          "ScreenHash",
          [QMPMember("hash", .string), QMPMember("width", .integer), QMPMember("height", .integer)]))
    ) { control, arguments throws(CommandError) in
      let (hash, width, height) = try control.screenHash(of: arguments.string("device"))
      return .object(["hash": .string(hash), "width": .integer(Int128(width)), "height": .integer(Int128(height))])
    },
    .action(
      "wait-screen", "waits until the screen has a text, or a hash",
      [
        QMPMember("text", .string, optional: true), QMPMember("hash", .string, optional: true),
        QMPMember("device", .string, optional: true), QMPMember("timeout", .integer, optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      try control.waitForScreen(
        text: arguments.string("text"), hash: arguments.string("hash"), of: arguments.string("device"),
        seconds: try timeout(arguments))
    },
    .action(
      "wait-serial", "waits until the guest has printed a text on its first serial port",
      [QMPMember("text", .string), QMPMember("timeout", .integer, optional: true)]
    ) { control, arguments throws(CommandError) in
      try control.waitForSerial(text: arguments.text("text"), seconds: try timeout(arguments))
    },
  ]

  private static func timeout(_ arguments: QMPArguments) throws(CommandError) -> Int {
    try arguments.integer("timeout", 0...Control.longestPatience) ?? Control.patience
  }
}

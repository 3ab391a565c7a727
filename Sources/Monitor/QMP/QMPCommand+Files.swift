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
        QMPMember("filename", .string),
        QMPMember(
          "format", .enumeration("ImageFormat", Control.PictureFormat.allCases.map(\.rawValue)), optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      let format = arguments.string("format").flatMap(Control.PictureFormat.init) ?? .ppm
      try control.screendump(to: arguments.text("filename"), as: format)
    },
  ]
}

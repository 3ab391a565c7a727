import SavedState

/// What belongs to the host: names, disks, character devices, options.
extension QMPCommand {
  static let hostThings: [QMPCommand] = [
    QMPCommand(
      "query-name", "the machine's name",
      returns: .object(QMPObject("NameInfo", [QMPMember("name", .string, optional: true)]))
    ) { control, _ in .object(control.host.name.map { [JSONMember("name", .string($0))] } ?? []) },
    QMPCommand(
      "query-uuid", "the machine's UUID; zeros when it has none",
      returns: .object(QMPObject("UuidInfo", [QMPMember("UUID", .string)]))
    ) { control, _ in
      .object(["UUID": .string(control.host.uuid ?? "00000000-0000-0000-0000-000000000000")])
    },
    QMPCommand(
      "query-block", "the disks",
      returns: .list(
        "BlockInfo",
        [
          QMPMember("device", .string), QMPMember("type", .string), QMPMember("removable", .boolean),
          QMPMember("locked", .boolean), QMPMember("inserted", .object(inserted)),
        ])
    ) { control, _ in .array(control.host.drives.map(block)) },
    QMPCommand(
      "query-chardev", "the character devices",
      returns: .list(
        "ChardevInfo",
        [QMPMember("label", .string), QMPMember("filename", .string), QMPMember("frontend-open", .boolean)])
    ) { control, _ in
      .array(
        control.host.characterDevices.map {
          .object([
            "label": .string($0.id), "filename": .string($0.description), "frontend-open": .bool($0.isOpen),
          ])
        })
    },
    QMPCommand(
      "query-command-line-options", "the options of the command line",
      [QMPMember("option", .string, optional: true)],
      returns: .list(
        "CommandLineOptionInfo",
        [
          QMPMember("option", .string),
          QMPMember(
            "parameters",
            .list("CommandLineParameterInfo", [QMPMember("name", .string), QMPMember("type", parameterType)])),
        ])
    ) { control, arguments throws(CommandError) in
      var options = control.host.commandLineOptions
      if let name = arguments.string("option") {
        options = options.filter { $0.name == name }
        guard !options.isEmpty else { throw CommandError("invalid option name: \(name.prefix(60))") }
      }
      return .array(
        options.map { option in
          let keys = option.keys.map { JSONValue.object(["name": .string($0), "type": .string("string")]) }
          return .object(["option": .string(option.name), "parameters": .array(keys)])
        })
    },
    QMPCommand("query-iothreads", "I/O threads: there are none", returns: .list("IOThreadInfo", [])) { _, _ in
      .array([])
    },
    QMPCommand("query-block-jobs", "jobs on disks: there are none", returns: .list("BlockJobInfo", [])) { _, _ in
      .array([])
    },
  ]

  private static let parameterType = QMPType.enumeration(
    "CommandLineParameterType", ["string", "boolean", "number", "size"])

  private static let image = QMPObject(
    "ImageInfo", [QMPMember("filename", .string), QMPMember("format", .string), QMPMember("virtual-size", .integer)])

  private static let inserted = QMPObject(
    "BlockDeviceInfo",
    [
      QMPMember("file", .string), QMPMember("ro", .boolean), QMPMember("drv", .string),
      QMPMember("backing_file_depth", .integer), QMPMember("encrypted", .boolean), QMPMember("image", .object(image)),
    ])

  private static func block(_ drive: DriveStatus) -> JSONValue {
    .object([
      "device": .string(drive.id), "type": .string("unknown"), "removable": .bool(false), "locked": .bool(false),
      "inserted": .object([
        "file": .string(drive.path), "ro": .bool(drive.isReadOnly), "drv": .string("raw"),
        "backing_file_depth": .integer(0), "encrypted": .bool(false),
        "image": .object([
          "filename": .string(drive.path), "format": .string("raw"), "virtual-size": .integer(Int128(drive.size)),
        ]),
      ]),
    ])
  }
}

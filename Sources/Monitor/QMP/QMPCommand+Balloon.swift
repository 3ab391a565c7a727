import SavedState

/// The memory balloon.
extension QMPCommand {
  static let balloon: [QMPCommand] = [
    .action(
      "balloon", "would like the guest to get along with so many bytes of its RAM", [QMPMember("value", .integer)]
    ) { control, arguments throws(CommandError) in try control.setBalloon(try arguments.integer("value") ?? 0) },
    QMPCommand(
      "query-balloon", "the bytes of RAM that are left to the guest",
      returns: .object(QMPObject("BalloonInfo", [QMPMember("actual", .integer)]))
    ) { control, _ throws(CommandError) in .object(["actual": .integer(Int128(try control.balloonSize()))]) },
    QMPCommand(
      "x-ferry-balloon-stats", "what the guest has last said of its memory, in bytes and events",
      returns: .list("BalloonStatistic", [QMPMember("name", .string), QMPMember("value", .integer)])
    ) { control, _ throws(CommandError) in
      .array(
        try control.balloonStatistics().map {
          .object(["name": .string($0.name), "value": .integer(Int128($0.value))])
        })
    },
  ]
}

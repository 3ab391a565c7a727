import DeviceModel
import SavedState

/// Keys and mouse.
extension QMPCommand {
  static let input: [QMPCommand] = [
    .action(
      "send-key", "presses keys together and releases them",
      [QMPMember("keys", .array(.object(keyValue))), QMPMember("hold-time", .integer, optional: true)]
    ) { control, arguments throws(CommandError) in
      var codes: [UInt16] = []
      for key in arguments.list("keys") { codes.append(try code(key, control)) }
      try control.sendKeys(codes: codes, holding: try arguments.integer("hold-time") ?? Control.holdTime)
    },
    .action("x-ferry-type", "types a text as on a US keyboard", [QMPMember("text", .string)]) {
      control, arguments throws(CommandError) in try control.type(arguments.text("text"))
    },
    .action(
      "input-send-event", "hands events to keyboard and mouse",
      [
        QMPMember("device", .string, optional: true), QMPMember("head", .integer, optional: true),
        QMPMember("events", .array(.object(event))),
      ]
    ) { control, arguments throws(CommandError) in
      for event in arguments.list("events") { try send(event.text("type"), event.object("data"), control) }
    },
  ]

  private static let keyValue = QMPObject(
    "KeyValue", [QMPMember("type", .enumeration("KeyValueKind", ["number", "qcode"]))], tag: "type",
    variants: [
      ("number", QMPObject("IntWrapper", [QMPMember("data", .integer)])),
      ("qcode", QMPObject("QKeyCodeWrapper", [QMPMember("data", .enumeration("QKeyCode", KeyCode.names))])),
    ])

  private static let buttons = [
    "left", "right", "middle", "side", "extra", "wheel-up", "wheel-down",
  ]

  private static let move = QMPObject(
    "InputMoveEvent", [QMPMember("axis", .enumeration("InputAxis", ["x", "y"])), QMPMember("value", .integer)])

  private static let event = QMPObject(
    "InputEvent", [QMPMember("type", .enumeration("InputEventKind", ["key", "btn", "rel", "abs"]))], tag: "type",
    variants: [
      (
        "key",
        wrapper("InputKeyEvent", [QMPMember("key", .object(keyValue)), QMPMember("down", .boolean)])
      ),
      (
        "btn",
        wrapper(
          "InputBtnEvent",
          [QMPMember("button", .enumeration("InputButton", buttons)), QMPMember("down", .boolean)])
      ),
      ("rel", QMPObject("InputMoveEventWrapper", [QMPMember("data", .object(move))])),
      ("abs", QMPObject("InputMoveEventWrapper", [QMPMember("data", .object(move))])),
    ])

  private static func wrapper(_ name: String, _ members: [QMPMember]) -> QMPObject {
    QMPObject(name + "Wrapper", [QMPMember("data", .object(QMPObject(name, members)))])
  }

  private static func code(_ key: QMPArguments, _ control: Control) throws(CommandError) -> UInt16 {
    guard key.text("type") == "number" else { return try control.key(key.text("data")) }
    let number: UInt16 = try key.number("data", 1...0xff)
    // Numbers are make codes whose high bit says that they have the prefix.
    return number & 0x80 != 0 ? 0xe000 | number & 0x7f : number
  }

  private static func send(_ type: String, _ data: QMPArguments, _ control: Control) throws(CommandError) {
    switch type {
    case "key":
      try control.key(code: try code(data.object("key"), control), down: data.flag("down") ?? false)
    case "btn":
      let down = data.flag("down") ?? false
      switch data.text("button") {
      case "wheel-up": if down { try control.moveMouse(dx: 0, dy: 0, dz: -1) }
      case "wheel-down": if down { try control.moveMouse(dx: 0, dy: 0, dz: 1) }
      case let name:
        guard let bit = buttons.firstIndex(of: name) else { preconditionFailure("\(name) was not checked") }
        try control.mouseButton(UInt8(bit), down: down)
      }
    case "rel":
      let value: Int32 = try data.number("value", -32768...32767)
      let isHorizontal = data.text("axis") == "x"
      try control.moveMouse(dx: isHorizontal ? value : 0, dy: isHorizontal ? 0 : value)
    case "abs" where control.machine.absolutePointer != nil:
      let value: Int32 = try data.number("value", 0...Int32(PointerPlace.limit))
      try control.placeMouse(Int(value), isHorizontal: data.text("axis") == "x")
    default: throw CommandError("Input handler not found for event type \(type)")
    }
  }
}

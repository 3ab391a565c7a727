import Foundation
import SavedState
import Testing

@testable import Boards
@testable import Monitor

/// The table of commands, on both boards.
struct QMPCommandTests {
  private static func path(_ name: String) -> String { "/tmp/ferry-\(getpid())-\(name)" }

  /// Every command that only looks, with arguments that it takes.
  private static let looks: [(String, String)] =
    // Nobody asks a balloon that is not there.
    QMPCommand.all.map(\.name).filter { $0.hasPrefix("query-") && $0 != "query-balloon" }.map { ($0, "{}") } + [
      ("x-ferry-state-get", #"{"path": "/machine"}"#), ("x-ferry-state-get", #"{"path": "/machine/clock/now"}"#),
      ("x-ferry-state-schema", #"{"path": "/machine/clock"}"#), ("x-ferry-state-digest", "{}"),
      ("x-ferry-snapshot-contents", "{}"),
      ("qom-list", #"{"path": "/"}"#), ("qom-list", #"{"path": "/machine"}"#), ("qom-list-types", "{}"),
      ("qom-get", #"{"path": "/machine", "property": "clock"}"#),
      ("human-monitor-command", #"{"command-line": "info status"}"#),
    ]

  @Test(arguments: QMPBoard.allCases)
  func `every answer has the type that introspection says, and looking changes nothing`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board)
    let peer = try rig.client()
    let before = StateDigest(rig.machine)
    for (name, arguments) in Self.looks {
      let command = try #require(QMPCommand.named(name))
      let answer = try peer.run(name, arguments)
      #expect(throws: Never.self, "\(name)") { try command.result.check(answer, name) }
    }
    #expect(StateDigest(rig.machine) == before)
  }

  @Test func `introspection names commands and events, and every type it refers to`() throws {
    let peer = try QMPRig(.microvm).client()
    guard case .array(let entries) = try peer.run("query-qmp-schema") else { throw Unexpected(what: "no list") }
    func text(_ value: JSONValue?) -> String? { if case .string(let text)? = value { text } else { nil } }
    func list(_ value: JSONValue?) -> [JSONValue] { if case .array(let list)? = value { list } else { [] } }
    let names = entries.compactMap { text($0["name"]) }
    #expect(Set(names).count == names.count)
    var referred: [String] = []
    for entry in entries {
      for key in ["arg-type", "ret-type", "element-type"] { if let name = text(entry[key]) { referred.append(name) } }
      for member in list(entry["members"]) where entry["meta-type"] == .string("object") {
        referred.append(try #require(text(member["type"])))
      }
      for variant in list(entry["variants"]) { referred.append(try #require(text(variant["type"]))) }
    }
    #expect(Set(referred).subtracting(names) == [])
    func named(_ kind: String) -> [String] {
      entries.filter { $0["meta-type"] == .string(kind) }.compactMap { text($0["name"]) }
    }
    #expect(named("command") == list(try peer.run("query-commands")).compactMap { text($0["name"]) })
    #expect(named("event") == list(try peer.run("query-events")).compactMap { text($0["name"]) })
  }

  @Test func `a command refuses what its row does not have`() throws {
    let peer = try QMPRig(.microvm).client()
    for command in QMPCommand.all {
      let unknown = try peer.refusal(#"{"execute": "\#(command.name)", "arguments": {"no-such": 1}}"#)
      #expect(unknown.hasSuffix("is unexpected") || command.name == "qmp_capabilities", "\(command.name): \(unknown)")
      if let needed = command.arguments.members.first(where: { !$0.isOptional }) {
        let missing = try peer.refusal(#"{"execute": "\#(command.name)"}"#)
        #expect(missing == "GenericError: Parameter '\(needed.name)' is missing")
      }
    }
  }

  @Test(arguments: QMPBoard.allCases)
  func `all of the tree can be listed and read, property by property`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board)
    let peer = try rig.client()
    var seen = 0
    var waiting = ["/"]
    while let path = waiting.popLast() {
      guard case .array(let list) = try peer.run("qom-list", #"{"path": "\#(path)"}"#) else {
        throw Unexpected(what: "no list at \(path)")
      }
      for property in list {
        guard case .string(let name)? = property["name"], case .string(let type)? = property["type"] else {
          throw Unexpected(what: "no property at \(path)")
        }
        let value = try peer.run("qom-get", #"{"path": "\#(path)", "property": "\#(name)"}"#)
        seen += 1
        let inner = path == "/" ? "/\(name)" : "\(path)/\(name)"
        if type.hasPrefix("child<") {
          #expect(value == .string(inner))
          waiting.append(inner)
        } else if case .object = value {
          waiting.append(inner)
        }
      }
    }
    #expect(seen > 200)
  }

  @Test(arguments: QMPBoard.allCases)
  func `every saved value of the tree can be set to what it is`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board)
    let before = rig.machine.save()
    var count = 0
    for node in before.children {
      for attribute in node.state.attributes {
        let path = StatePath([.name("machine"), .name(node.name), .name(attribute.name)])
        guard case .value(let value) = try rig.control.place(path) else {
          throw Unexpected(what: "no value at \(path)")
        }
        // Shown with its derived rows, which cannot be set: only what is saved is taken.
        guard value == attribute.value else { continue }
        try QMPCommand.set(rig.control, path, value.json)
        count += 1
        if count % 40 == 0 { #expect(rig.machine.save() == before) }
      }
    }
    #expect(rig.machine.save() == before)
    #expect(count > 100)
  }

  @Test func `a state that does not fit changes nothing and says why`() throws {
    let rig = try QMPRig(.microvm)
    let peer = try rig.client()
    _ = try peer.run("x-ferry-state-set", #"{"path": "/machine/clock/now", "value": 12345}"#)
    #expect(try peer.run("x-ferry-state-get", #"{"path": "/machine/clock/now"}"#) == .integer(12345))
    let before = rig.machine.save()
    for (path, value, words) in [
      ("/machine/clock/now", "-1", "/machine/clock/now: found -1"),
      ("/machine/clock/now", "\"soon\"", "Invalid parameter type for 'value', expected: Int64"),
      ("/machine/clock/then", "1", "Device '/machine/clock/then' not found"),
      ("/machine/clock", "{}", "/machine/clock is a device; what can be set is below it"),
      ("/machine/turn/cpu", "7", "expected a CPU: 0...0"),
      ("machine clock", "1", "'machine clock' is no path"),
    ] {
      let text = #"{"execute": "x-ferry-state-set", "arguments": {"path": "\#(path)", "value": \#(value)}}"#
      #expect(try peer.refusal(text).contains(words), "\(path)")
      #expect(rig.machine.save() == before)
    }
  }

  @Test func `a digest tells machines apart by one byte of memory or one row of state`() throws {
    let rig = try QMPRig(.integratorcp)
    let other = try QMPRig(.integratorcp)
    #expect(StateDigest(rig.machine) == StateDigest(other.machine))
    other.machine.memory.store([0], at: 0x70_0000)
    #expect(StateDigest(rig.machine) == StateDigest(other.machine))
    other.machine.memory.store([1], at: 0x70_0000)
    #expect(StateDigest(rig.machine).memory.first?.digest != StateDigest(other.machine).memory.first?.digest)
    #expect(StateDigest(rig.machine).tree == StateDigest(other.machine).tree)
    try QMPCommand.set(other.control, try other.control.path("/machine/clock/now"), .integer(1))
    #expect(StateDigest(rig.machine).tree != StateDigest(other.machine).tree)
  }

  @Test(arguments: QMPBoard.allCases)
  func `memory goes to files, by physical and by virtual address`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board)
    let peer = try rig.client()
    let file = Self.path("memory-\(board)")
    defer { unlink(file) }
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    rig.machine.memory.store(bytes, at: 0x20_0100)
    for command in ["pmemsave", "memsave"] {
      unlink(file)
      let arguments = #"{"val": \#(0x20_0100), "size": 5000, "filename": "\#(file)"}"#
      let answer = try peer.ask(#"{"execute": "\#(command)", "arguments": \#(arguments)}"#)
      #expect(answer["return"] != nil, "\(command): \(answer)")
      #expect([UInt8](try Data(contentsOf: URL(filePath: file))) == bytes)
    }
    unlink(file)
    let nowhere = #"{"val": \#(0x7000_0000_0000), "size": 16, "filename": "\#(file)"}"#
    #expect(
      try peer.refusal(#"{"execute": "pmemsave", "arguments": \#(nowhere)}"#)
        == "GenericError: There is no memory at 0x700000000000")
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test func `the picture goes to a file as PPM and as PNG`() throws {
    let peer = try QMPRig(.microvm).client()
    let file = Self.path("picture")
    defer { unlink(file) }
    _ = try peer.run("screendump", #"{"filename": "\#(file)"}"#)
    let ppm = [UInt8](try Data(contentsOf: URL(filePath: file)))
    #expect(ppm == Array("P6\n3 2\n255\n".utf8) + [1, 2, 3, 255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255, 4, 5, 6])
    _ = try peer.run("screendump", #"{"filename": "\#(file)", "format": "png"}"#)
    #expect([UInt8](try Data(contentsOf: URL(filePath: file))).prefix(4) == [0x89, 0x50, 0x4e, 0x47])
    let nowhere = try peer.refusal(#"{"execute": "screendump", "arguments": {"filename": "/nowhere/x"}}"#)
    #expect(nowhere == "GenericError: picture /nowhere/x: No such file or directory")
  }

  @Test(arguments: QMPBoard.allCases)
  func `keys and the mouse reach the guest's devices`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board)
    let peer = try rig.client()
    var last = rig.machine.save()
    func changes(_ command: String, _ arguments: String) throws {
      _ = try peer.run(command, arguments)
      let now = rig.machine.save()
      #expect(now != last, "\(command) \(arguments)")
      last = now
    }
    try changes("send-key", #"{"keys": [{"type": "qcode", "data": "a"}], "hold-time": 1}"#)
    // The release comes in the guest's time.
    rig.machine.resume()
    _ = rig.machine.run(instructions: 1_000_000)
    rig.machine.pause()
    last = rig.machine.save()
    try changes("send-key", #"{"keys": [{"type": "number", "data": 30}]}"#)
    try changes(
      "input-send-event",
      #"{"events": [{"type": "key", "data": {"key": {"type": "qcode", "data": "b"}, "down": true}}]}"#)
    _ = try peer.run(
      "input-send-event",
      #"{"events": [{"type": "rel", "data": {"axis": "x", "value": 5}}, "#
        + #"{"type": "btn", "data": {"button": "left", "down": true}}]}"#)
    let absolute = #"{"events": [{"type": "abs", "data": {"axis": "x", "value": 5}}]}"#
    #expect(
      try peer.refusal(#"{"execute": "input-send-event", "arguments": \#(absolute)}"#)
        == "GenericError: Input handler not found for event type abs")
  }

  @Test func `buttons are pressed where the board has them`() throws {
    let pc = try QMPRig(.microvm)
    let peer = try pc.client()
    _ = try peer.run("system_powerdown")
    #expect(try peer.event() == "POWERDOWN")
    _ = try peer.run("inject-nmi")
    let arm = try QMPRig(.integratorcp).client()
    #expect(
      try arm.refusal(#"{"execute": "system_powerdown"}"#)
        == "GenericError: The board integratorcp has no power button")
    #expect(
      try arm.refusal(#"{"execute": "inject-nmi"}"#) == "GenericError: The CPUs of integratorcp have no NMI")
  }

  @Test(arguments: QMPBoard.allCases)
  func `a running machine is stopped, looked at, reset and ended by its client`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board)
    let peer = try rig.client()
    try peer.send(#"{"execute": "cont"}"#)
    var polls = 0
    rig.onPoll = {
      polls += 1
      switch polls {
      case 20: try? peer.send(#"{"execute": "stop"}{"execute": "query-status"}{"execute": "cont"}"#)
      case 40: try? peer.send(#"{"execute": "system_reset"}"#)
      default: break
      }
    }
    // -no-reboot: the reset ends it.
    #expect(rig.machine.run() == .reset("reset button"))
    var told: [String] = []
    while told.last != "SHUTDOWN" {
      let message = try peer.next()
      if case .string(let name)? = message["event"] { told.append(name) }
    }
    #expect(told == ["RESUME", "STOP", "RESUME", "SHUTDOWN"])
  }
}

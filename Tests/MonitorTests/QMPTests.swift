import SavedState
import Testing

@testable import Monitor

/// The protocol: negotiation, ids, errors, events.
struct QMPTests {
  @Test func `the server greets, and one command begins the conversation`() throws {
    let rig = try QMPRig(.microvm)
    let peer = rig.connect()
    let greeting = try peer.next()
    #expect(greeting["QMP"]?["capabilities"] == .array([]))
    #expect(greeting["QMP"]?["version"]?["package"] == .string("Ferry"))
    let early = "CommandNotFound: Expecting capabilities negotiation with 'qmp_capabilities'"
    #expect(try peer.refusal(#"{"execute": "query-status"}"#) == early)
    #expect(
      try peer.ask(#"{"execute": "qmp_capabilities", "id": 1}"#) == .object(["return": .object([]), "id": .integer(1)]))
    let late = "CommandNotFound: Capabilities negotiation is already complete, command ignored"
    #expect(try peer.refusal(#"{"execute": "qmp_capabilities"}"#) == late)
    #expect(try peer.run("query-status")["status"] == .string("prelaunch"))
  }

  @Test func `an id of any kind comes back, with errors too`() throws {
    let peer = try QMPRig(.microvm).client()
    for id in [#""a""#, "7", "1.5", #"{"x": [null, true]}"#, "[]"] {
      let value = try JSONReader.read(Array(id.utf8), DecodingBudget())
      #expect(try peer.ask(#"{"execute": "query-name", "id": \#(id)}"#)["id"] == value)
      #expect(try peer.ask(#"{"execute": "nonsense", "id": \#(id)}"#)["id"] == value)
    }
  }

  @Test(arguments: [
    ("{\"execute\": }", "JSON parse error, found '}', expected a value"),
    ("{\"execute\": \"query-\u{1}\"}\n", "JSON parse error, a control character in a string"),
    ("{\"execute\": [}\n", "JSON parse error, a bracket that closes another kind"),
    ("[1, 2]\n", "JSON parse error, expected an object"),
    ("garbage that is none\n", "JSON parse error, expected an object"),
    ("{}", "QMP input lacks member 'execute'"),
    ("{\"execute\": 5}", "QMP input member 'execute' must be a string"),
    ("{\"execute\": \"stop\", \"arguments\": []}", "QMP input member 'arguments' must be an object"),
    ("{\"execute\": \"stop\", \"extra\": 1}", "QMP input member 'extra' is unexpected"),
    ("{\"execute\": \"stop\", \"execute\": \"cont\"}", "QMP input member 'execute' is given twice"),
    ("{\"execute\": \"stop\", \"arguments\": {\"x\": 1}}", "Parameter 'x' is unexpected"),
    ("{\"execute\": \"qom-get\", \"arguments\": {\"path\": \"/machine\"}}", "Parameter 'property' is missing"),
    (
      "{\"execute\": \"qom-get\", \"arguments\": {\"path\": 1, \"property\": \"x\"}}",
      "Invalid parameter type for 'path', expected: string"
    ),
    (
      "{\"execute\": \"screendump\", \"arguments\": {\"filename\": \"/x\", \"format\": \"gif\"}}",
      "Parameter 'format' does not accept value 'gif'"
    ),
    (
      "{\"execute\": \"send-key\", \"arguments\": {\"keys\": [{\"type\": \"qcode\", \"data\": 4}]}}",
      "Invalid parameter type for 'keys[0].data', expected: string"
    ),
  ])
  func `what is wrong is said, and the next command is carried out`(_ message: (text: String, words: String)) throws {
    let peer = try QMPRig(.microvm).client()
    #expect(try peer.refusal(message.text) == "GenericError: " + message.words)
    #expect(try peer.run("query-name") == .object(["name": .string("test")]))
  }

  @Test func `bytes that are no text, deep nesting and endless messages are survived`() throws {
    let peer = try QMPRig(.microvm).client()
    try peer.send([UInt8]("{\"execute\": \"".utf8) + [0xff, 0xc0] + [UInt8]("\"}".utf8))
    #expect(try peer.refusal("").hasPrefix("GenericError: JSON parse error, found a string that is no UTF-8"))
    let deep = String(repeating: "[", count: 100_000)
    #expect(try peer.refusal("{\"id\": \(deep)\n").contains("more than 128 levels"))
    let long = String(repeating: "x", count: 2 << 20)
    #expect(try peer.refusal("{\"id\": \"\(long)\"}\n").contains("more than 1048576 bytes in one message"))
    #expect(try peer.run("query-name") == .object(["name": .string("test")]))
  }

  @Test func `a message may come in any pieces, and many in one`() throws {
    let peer = try QMPRig(.microvm).client()
    for byte in #"{"execute":"query-name","id":1}"#.utf8 { try peer.send([byte]) }
    #expect(try peer.next()["id"] == .integer(1))
    let many = (0..<500).map { #"{"execute":"query-uuid","id":\#($0)}"# }
    try peer.send(many.joined() + many.joined(separator: " \r\n"))
    for id in (0..<500).map({ $0 }) + (0..<500).map({ $0 }) { #expect(try peer.next()["id"] == .integer(Int128(id))) }
  }

  @Test func `every client hears what happens, after it has begun its conversation`() throws {
    let rig = try QMPRig(.microvm)
    let clients = try (0..<5).map { _ in try rig.client() }
    let silent = rig.connect()
    _ = try silent.next()
    #expect(try clients[0].run("cont") == .object([]))
    #expect(try clients[1].run("query-status")["running"] == .bool(true))
    #expect(try clients[2].run("stop") == .object([]))
    #expect(try clients[2].run("stop") == .object([]))
    for client in clients {
      #expect(try client.event() == "RESUME")
      #expect(try client.event() == "STOP")
    }
    #expect(try silent.ask(#"{"execute": "qmp_capabilities"}"#)["return"] != nil)
    #expect(silent.events.isEmpty)
    #expect(try silent.run("query-status")["status"] == .string("paused"))
  }

  @Test func `quit is answered, told of and ends the machine`() throws {
    let rig = try QMPRig(.microvm)
    let peer = try rig.client()
    _ = try peer.run("cont")
    _ = try peer.run("quit")
    #expect(rig.machine.run() == .quit)
    #expect(try peer.event() == "RESUME")
    let event = try peer.next()
    #expect(event["event"] == .string("SHUTDOWN"))
    #expect(event["data"] == .object(["guest": .bool(false), "reason": .string("host-qmp-quit")]))
  }

  @Test func `a client that has said its last gets its answers, and then the end`() throws {
    let rig = try QMPRig(.microvm)
    let peer = try rig.client()
    try peer.send(#"{"execute": "query-name", "id": 1}{"execute": "query-name", "id": 2}{"exec"#)
    peer.endSending()
    #expect(try peer.next()["id"] == .integer(1))
    #expect(try peer.next()["id"] == .integer(2))
    #expect(peer.isAtEnd)
    #expect(!peer.channel.isOpen)
    #expect(try rig.client().run("query-name")["name"] == .string("test"))
  }
}

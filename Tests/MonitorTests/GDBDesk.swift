import DeviceModel
import Monitor
import Testing

@testable import Boards

/// A GDB that a test plays: its host, its connection, and its side of the talk.
final class GDBDesk: HostEvents, GDBLink {
  /// What the client does next.
  enum Step {
    /// Sends a packet; the guest runs until the answer comes, which must be this.
    case ask(String, String)
    /// Sends a packet; looks at the answer.
    case see(String, (String) -> Void)
    /// Sends a packet that gets no answer now.
    case tell(String)
    /// Sends 0x03 when the guest has run for a while; the answer must be this.
    case interrupt(String)
    /// Does something else.
    case act(() -> Void)
  }

  private var now: Int64 = 0
  /// Each look at the clock finds it later, so that a busy guest is interrupted after each round.
  var monotonic: Int64 {
    now += 1_000_000
    return now
  }
  let isCongested = false

  var server: GDBServer?
  /// Bytes that came from the server.
  private(set) var received: [UInt8] = []
  private(set) var isClosed = false
  private var steps: ArraySlice<Step> = []
  private var wanted: ((String) -> Void)?
  private var patience = 0

  func send(_ bytes: [UInt8]) { received += bytes }
  func close() { isClosed = true }

  /// A board with a server whose client this is.
  static func debug(
    _ board: GDBBoard, commandLine: String = "quiet run=reboot", _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> (desk: GDBDesk, machine: Machine) {
    let desk = GDBDesk()
    let machine = try board.machine(host: desk, commandLine: commandLine, equip)
    let server = GDBServer(machine)
    desk.server = server
    try #require(server.connect(desk))
    return (desk, machine)
  }

  /// A packet's bytes on the wire.
  static func wire(_ data: String) -> [UInt8] { wire(Array(data.utf8)) }

  static func wire(_ data: [UInt8]) -> [UInt8] {
    let sum = data.reduce(UInt8(0)) { $0 &+ $1 }
    let digits = String(sum, radix: 16)
    return [UInt8(ascii: "$")] + data + Array("#\(digits.count == 1 ? "0" : "")\(digits)".utf8)
  }

  /// Sends a packet and gives the answer that is there at once; empty where there is none.
  func ask(_ packet: String) -> String {
    server?.receive(Self.wire(packet))
    return answer() ?? "(nothing)"
  }

  /// The next packet that has come; acknowledgements are passed over.
  func answer() -> String? {
    guard let start = received.firstIndex(of: UInt8(ascii: "$")),
      let end = received[start...].firstIndex(of: UInt8(ascii: "#")), end + 2 < received.count
    else { return nil }
    let data = received[(start + 1)..<end]
    received.removeSubrange(...(end + 2))
    return String(decoding: data, as: UTF8.self)
  }

  /// Everything that has come, and forgets it.
  func takeAll() -> String {
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  /// Plays `steps` while the machine runs, and ends it after them.
  @discardableResult
  func play(_ machine: Machine, _ steps: [Step]) -> MachineEnd {
    self.steps = steps[...]
    onPoll = { [unowned self, unowned machine] in
      while advance(machine) {}
      patience += 1
      if patience > 20_000 { fail(machine, "no answer, and the guest runs on") }
    }
    defer { onPoll = nil }
    return machine.run()
  }

  private var onPoll: (() -> Void)?
  /// Called in each poll, where no steps are played.
  var idle: (() -> Void)?

  func poll(timeout: Int64?) {
    now += min(timeout ?? 0, 1_000_000)
    onPoll?()
    idle?()
  }

  /// One thing more; false when there is nothing to do before the guest has run.
  private func advance(_ machine: Machine) -> Bool {
    if let wanted {
      guard let answer = answer() else {
        if machine.isRunning { return false }
        fail(machine, "no answer, and the guest stands still")
        return false
      }
      self.wanted = nil
      wanted(answer)
      return true
    }
    guard let step = steps.popFirst() else {
      machine.quit()
      return false
    }
    patience = 0
    switch step {
    case .ask(let packet, let answer):
      wanted = { #expect($0 == answer, "to \(packet)") }
      server?.receive(Self.wire(packet))
    case .see(let packet, let body):
      wanted = body
      server?.receive(Self.wire(packet))
    case .tell(let packet): server?.receive(Self.wire(packet))
    case .interrupt(let answer):
      wanted = { #expect($0 == answer, "to Ctrl-C") }
      server?.receive([3])
    case .act(let body): body()
    }
    // What was asked for happens when the run loop goes on.
    return !machine.isRunning && machine.request == nil
  }

  private func fail(_ machine: Machine, _ text: String) {
    Issue.record("\(text); \(steps.count) steps are left")
    wanted = nil
    steps = []
    machine.quit()
  }
}

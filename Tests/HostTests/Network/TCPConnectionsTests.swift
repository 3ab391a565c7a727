import Testing

@testable import Host

/// What is known of a guest's TCP connections.
struct TCPConnectionsTests {
  private let guest = TestGuest(NoNetwork(name: "n", poller: Poller(), time: NetworkTime()), Poller())

  private func frame(_ port: Int, _ flags: UInt8, sequence: UInt32 = 100, _ data: [UInt8] = []) -> [UInt8] {
    guest.segment(
      ports: TestGuest.half(port) + [0, 80], to: [1, 2, 3, 4], sequence: sequence, acknowledged: 5000, flags: flags,
      data)
  }

  /// The same with its direction turned.
  private func answer(_ frame: [UInt8]) -> [UInt8] {
    Array(frame[6..<12]) + Array(frame[0..<6]) + Array(frame[12..<26]) + Array(frame[30..<34]) + Array(frame[26..<30])
      + Array(frame[36..<38]) + Array(frame[34..<36]) + Array(frame[38...])
  }

  @Test func `a connection is there from its first segment until both sides have ended it, or one has broken it off`() {
    var connections = TCPConnections()
    connections.note(frame(1, 0x02), fromGuest: true)
    connections.note(frame(2, 0x02), fromGuest: true)
    connections.note(frame(3, 0x10), fromGuest: true)
    #expect(connections.count == 3)
    connections.note(frame(1, 0x11), fromGuest: true)
    #expect(connections.count == 3)
    connections.note(answer(frame(1, 0x11)), fromGuest: false)
    #expect(connections.count == 2)
    connections.note(frame(2, 0x04), fromGuest: true)
    connections.note(answer(frame(3, 0x14)), fromGuest: false)
    #expect(connections.count == 0)
  }

  @Test func `what breaks it off has the numbers that the guest expects`() {
    var connections = TCPConnections()
    connections.note(frame(7, 0x18, sequence: 900, [1, 2, 3]), fromGuest: true)
    let reset = connections.resets[0]
    #expect(Array(reset[0..<6]) == guest.own && Array(reset[34..<38]) == [0, 80, 0, 7])
    #expect(TestGuest.number(reset, 38..<42) == 5000 && TestGuest.number(reset, 42..<46) == 903)
  }

  @Test func `as bytes and back they are the same, and of too many the oldest go`() throws {
    var connections = TCPConnections()
    for port in 1...TCPConnections.limit + 3 { connections.note(frame(port, 0x02), fromGuest: true) }
    #expect(connections.count == TCPConnections.limit)
    let copy = try #require(TCPConnections(connections.bytes))
    #expect(copy.bytes == connections.bytes && copy.resets == connections.resets)
    #expect(Array(copy.resets[0][36..<38]) == [0, 4])
    #expect(TCPConnections([1]) == nil)
    #expect(TCPConnections([UInt8](repeating: 0, count: 32 * (TCPConnections.limit + 1))) == nil)
  }

  @Test func `what is no TCP, or cut off, is nothing to it`() {
    var connections = TCPConnections()
    let whole = frame(1, 0x02)
    for count in 0..<54 { connections.note(Array(whole[..<count]), fromGuest: true) }
    var fragment = whole
    fragment[21] = 1
    connections.note(fragment, fromGuest: true)
    #expect(connections.count == 0)
  }
}

import Bits
import Boards
import SavedState
import Testing

@testable import Monitor

/// Bytes that no GDB sends.
struct GDBHostilityTests {
  private static let words = [
    "g", "G", "p", "P0=", "m", "M", "X", "x", "c", "s", "C05", "S05;", "vCont;", "vCont?", "vAttach;1", "D", "H", "Hg",
    "Hc",
    "T", "Z0,", "Z1,", "Z2,", "Z3,", "Z4,", "z0,", "z2,", "q", "qSupported:", "qXfer:features:read:target.xml:",
    "qXfer:threads:read::", "qThreadExtraInfo,", "qRcmd,", "qCRC:", "qSearch:memory:", "Qqemu.PhyMemMode:", "R", "?",
    "!", "QStartNoAckMode",
  ]
  private static let pieces = [
    ",", ":", ";", "=", "-1", "0", "1", "4", "ff", "1000", "8000", "ffffffff", "fffffffffffffffe", "ffffffffffffffff",
    "p1.", "s", "c", "r", "00", "zz", "\u{0}", "é",
  ]

  @Test(arguments: GDBBoard.allCases)
  func `no packet breaks the server or the machine, and no answer is longer than a packet`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board) { $0.memory = 4 << 20 }
    let server = try #require(desk.server)
    server.monitor = { line, _ in line }
    var random = SplitMix64(seed: 11)
    for _ in 0..<6000 {
      var text = Self.words[Int(random.next() % UInt64(Self.words.count))]
      for _ in 0..<(random.next() % 8) { text += Self.pieces[Int(random.next() % UInt64(Self.pieces.count))] }
      server.receive(GDBDesk.wire(text))
      let answer = desk.takeAll()
      #expect(answer.utf8.count <= 2 * GDBSession.packetSize, "\(text)")
      if !server.isConnected { #expect(server.connect(desk)) }
      if server.session?.waitsForReset == true {
        server.disconnected()
        #expect(server.connect(desk))
      }
      if machine.isRunning { machine.pause(.debug) }
    }
    for _ in 0..<200_000 { server.receive([UInt8(truncatingIfNeeded: random.next())]) }
    _ = desk.takeAll()
    server.disconnected()
    #expect(server.connect(desk))
    #expect(desk.ask("qAttached") == "1")
  }

  @Test func `breakpoints have a bound`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    var refused = 0
    for address in 0..<(GDBBreakpoints.limit + 5) where desk.ask("Z0,\(String(address, radix: 16)),1") != "OK" {
      refused += 1
    }
    #expect(refused == 5)
    #expect(desk.ask("z0,0,1") == "OK")
    #expect(desk.ask("Z0,ffff,1") == "OK")
  }

  @Test func `what is piled up behind a reset has a bound`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    let server = try #require(desk.server)
    server.receive(GDBDesk.wire("R00"))
    for _ in 0..<100 { server.receive([UInt8](repeating: 0x2b, count: 1000)) }
    #expect(!server.isConnected)
    #expect(desk.isClosed)
  }
}

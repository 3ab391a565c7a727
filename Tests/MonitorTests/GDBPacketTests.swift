import Boards
import Testing

@testable import Monitor

/// Packets that are answered while the guest stands still.
struct GDBPacketTests {
  @Test(arguments: GDBBoard.allCases)
  func `the description has the board's architecture, and all documents it names`(board: GDBBoard) throws {
    let (desk, _) = try GDBDesk.debug(board)
    let supported = desk.ask("qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+")
    for feature in ["PacketSize=4000", "qXfer:features:read+", "swbreak+", "vContSupported+", "QStartNoAckMode+"] {
      #expect(supported.split(separator: ";").contains(Substring(feature)))
    }
    let first = desk.ask("qXfer:features:read:target.xml:0,ffb")
    #expect(first.hasPrefix("l<?xml"))
    #expect(first.contains("<architecture>\(board == .microvm ? "i386" : "arm")</architecture>"))
    let files = first.split(separator: "\"").filter { $0.hasSuffix(".xml") }
    #expect(files.count == 3)
    var bits = 0
    for file in files {
      var text = ""
      // In pieces, as GDB fetches what is longer than a packet.
      while true {
        let part = desk.ask("qXfer:features:read:\(file):\(String(text.utf8.count, radix: 16)),64")
        text += part.dropFirst()
        if part.hasPrefix("l") { break }
        try #require(part.hasPrefix("m") && part.utf8.count == 101)
      }
      #expect(text.hasSuffix("</feature>\n"))
      for piece in text.split(separator: "bitsize=\"").dropFirst() { bits += Int(piece.prefix { $0 != "\"" }) ?? 0 }
    }
    #expect(desk.ask("g").utf8.count == bits / 4)
    #expect(desk.ask("qXfer:features:read:nothing.xml:0,ffb") == "E00")
    #expect(desk.ask("qXfer:features:read:target.xml:ffffffffffffffff,ffb") == "l")
  }

  @Test(arguments: GDBBoard.allCases)
  func `registers are read one by one as they are read together`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board)
    let target = try #require(desk.server).target
    let all = desk.ask("g")
    var at = all.startIndex
    var number = 0
    for register in target.registers {
      if let own = register.number { number = own }
      let end = all.index(at, offsetBy: register.bits / 4)
      #expect(desk.ask("p\(String(number, radix: 16))") == String(all[at..<end]), "\(register.name)")
      #expect(!all[at..<end].contains("x"), "\(register.name) is not there")
      at = end
      number += 1
    }
    #expect(desk.ask("p\(String(number, radix: 16))") == "E22")
    // What was read can be written back, and nothing has changed.
    let before = machine.save()
    #expect(desk.ask("G" + all) == "OK")
    #expect(machine.save() == before)
    #expect(desk.ask("g") == all)
  }

  @Test(arguments: GDBBoard.allCases)
  func `a register is written, unless it is none or the value has another size`(board: GDBBoard) throws {
    let (desk, _) = try GDBDesk.debug(board)
    #expect(desk.ask("P0=78563412") == "OK")
    #expect(desk.ask("p0") == "78563412")
    #expect(desk.ask("g").hasPrefix("78563412"))
    let counter = String(board.counter, radix: 16)
    #expect(desk.ask("P\(counter)=00800000") == "OK")
    #expect(desk.ask("p\(counter)") == "00800000")
    for bad in ["P0=7856", "P0=785634120", "P0=7856341200", "P0", "P", "Pffff=00000000", "p", "pffffffffff"] {
      #expect(desk.ask(bad) == "E22", "\(bad)")
    }
    #expect(desk.ask("p0") == "78563412")
  }

  @Test(arguments: GDBBoard.allCases)
  func `memory is written and read, in digits and in binary`(board: GDBBoard) throws {
    let (desk, _) = try GDBDesk.debug(board)
    // Over a page's end.
    #expect(desk.ask("M8ffc,8:0123456789abcdef") == "OK")
    #expect(desk.ask("m8ffc,8") == "0123456789abcdef")
    #expect(desk.ask("m8fff,2") == "6789")
    desk.server?.receive(GDBDesk.wire(Array("X8ffd,4:".utf8) + [0x7d, 0x03, 0x7d, 0x5d, 0xff]))
    #expect(desk.answer() == "E22", "three bytes are not four")
    desk.server?.receive(GDBDesk.wire(Array("X8ffd,3:".utf8) + [0x7d, 0x03, 0x7d, 0x5d, 0xff]))
    #expect(desk.answer() == "OK")
    #expect(desk.ask("m8ffc,8") == "01237dff89abcdef")
    desk.server?.receive(GDBDesk.wire("x8ffc,4"))
    let bytes = Array(desk.takeAll().utf8)
    #expect(bytes.starts(with: Array("+$b".utf8) + [0x01, 0x7d, 0x03, 0x7d, 0x5d]))
    #expect(desk.ask("X9000,0:") == "OK")
    #expect(desk.ask("m9000,0") == "")
    for bad in ["m", "m9000", "m9000,", "mg,1", "m9000,1,1", "M9000,2:00", "M9000,1:0", "M9000,1:zz", "M9000,1"] {
      #expect(desk.ask(bad) == "E22", "\(bad)")
    }
  }

  @Test(arguments: GDBBoard.allCases)
  func `where nothing is there is a fault, and a read that begins before it is short`(board: GDBBoard) throws {
    let (desk, _) = try GDBDesk.debug(board)
    let end: UInt64 = 16 << 20
    let nowhere = board == .microvm ? "50000000" : "f0000000"
    #expect(desk.ask("m\(nowhere),4") == "E14")
    #expect(desk.ask("M\(nowhere),1:00") == "E14")
    #expect(desk.ask("mffffffffffffffff,4") == "E14")
    #expect(desk.ask("M100000000,1:00") == "E14")
    if board == .microvm {
      #expect(desk.ask("m\(String(end - 2, radix: 16)),8").count == 4)
      #expect(desk.ask("M\(String(end - 2, radix: 16)),4:01020304") == "E14")
    }
    #expect(desk.ask("m8000,ffffffffffffffff").count == (GDBSession.packetSize / 2 - 1) * 2)
  }

  @Test func `a page that is not mapped is a fault, one that is is found where it is mapped to`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    // A directory at 0x10000 whose entry for 4 MiB has a table at 0x11000 with one page: 0x9000.
    #expect(desk.ask("M10000,8:8700000003100100") == "OK")
    #expect(desk.ask("M10004,4:03100100") == "OK")
    #expect(desk.ask("M11000,4:03900000") == "OK")
    #expect(desk.ask("M9000,4:deadbeef") == "OK")
    let target = try #require(desk.server).target
    func number(_ name: String) throws -> String {
      String(try #require(target.registers.firstIndex { $0.name == name }), radix: 16)
    }
    #expect(desk.ask("P\(try number("cr3"))=00000100") == "OK")
    #expect(desk.ask("P\(try number("cr4"))=10000000") == "OK")
    #expect(desk.ask("P\(try number("cr0"))=11000080") == "OK")
    #expect(desk.ask("m400000,4") == "deadbeef")
    #expect(desk.ask("m401000,4") == "E14")
    #expect(desk.ask("M400ffe,4:01020304") == "E14")
    #expect(desk.ask("m400ffe,4") == "0102")
    #expect(desk.ask("Qqemu.PhyMemMode:1") == "OK")
    #expect(desk.ask("m400000,4") != "deadbeef")
    #expect(desk.ask("m9000,4") == "deadbeef")
    #expect(desk.ask("qqemu.PhyMemMode") == "1")
  }

  @Test func `sums and searches run over any length, up to a bound`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    // The check value of CRC-32/MPEG-2.
    #expect(desk.ask("M9000,9:313233343536373839") == "OK")
    #expect(desk.ask("qCRC:9000,9") == "C376e6e7")
    #expect(desk.ask("qSearch:memory:8000;100000;456") == "1,9003")
    #expect(desk.ask("qSearch:memory:9004;4;456") == "0")
    // One that lies across the pieces in which memory is looked at.
    #expect(desk.ask("M18fff,4:313a3b3c") == "OK")
    #expect(desk.ask("qSearch:memory:9001;100000;1:;<") == "1,18fff")
    #expect(desk.ask("qSearch:memory:9001;10000;1:") == "1,18fff")
    #expect(desk.ask("qSearch:memory:0;ffffffffffffffff;1") == "E22")
    #expect(desk.ask("qSearch:memory:9000;10;") == "E22")
    #expect(desk.ask("qCRC:50000000,4") == "E14")
    #expect(desk.ask("qCRC:0,ffffffff") == "E22")
  }

  @Test func `every CPU is a thread`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm) { $0.cpus = 3 }
    #expect(desk.ask("qfThreadInfo") == "m1,2,3")
    #expect(desk.ask("qsThreadInfo") == "l")
    #expect(desk.ask("qC") == "QC1")
    #expect(desk.ask("Hg2") == "OK")
    #expect(desk.ask("qC") == "QC2")
    #expect(desk.ask("Hgp1.3") == "OK")
    #expect(desk.ask("P0=01000000") == "OK")
    #expect(desk.ask("Hg1") == "OK")
    #expect(desk.ask("p0") != "01000000")
    #expect(desk.ask("Hg3") == "OK")
    #expect(desk.ask("p0") == "01000000")
    for good in ["T1", "T3", "Tp1.2", "Hc-1", "Hc0", "Hc2", "Hg0"] { #expect(desk.ask(good) == "OK", "\(good)") }
    for bad in ["T0", "T4", "T-1", "Hg4", "Hc4", "Hx1", "H", "Hg", "T"] { #expect(desk.ask(bad) == "E22", "\(bad)") }
    let title = try #require(GDBText.bytes(Array(desk.ask("qThreadExtraInfo,2").utf8)))
    #expect(String(decoding: title, as: UTF8.self).hasPrefix("waiting for its start"))
    let list = desk.ask("qXfer:threads:read::0,1000")
    #expect(list.hasPrefix("l<?xml"))
    #expect(list.contains("<thread id=\"3\" core=\"2\" name=\"CPU 2\">"))
  }

  @Test func `a monitor command prints, then it is done`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    #expect(desk.ask("qRcmd,696e666f") == "")
    let server = try #require(desk.server)
    server.monitor = { line, _ in "\(line)? \(String(repeating: "x", count: line == "long" ? 20_000 : 0))\n" }
    let output = desk.ask("qRcmd,696e666f")
    #expect(output == "O" + String(decoding: GDBText.hex("info? \n".utf8), as: UTF8.self))
    #expect(desk.answer() == "OK")
    var length = 0
    var part = desk.ask("qRcmd,6c6f6e67")
    while part.hasPrefix("O"), part != "OK" {
      #expect(part.utf8.count <= GDBSession.packetSize)
      length += part.utf8.count / 2
      part = try #require(desk.answer())
    }
    #expect(part == "OK")
    #expect(length == 20_007)
    #expect(desk.ask("qRcmd,6") == "E22")
  }

  @Test func `what was damaged on the way is sent again, until nothing is acknowledged any more`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    let server = try #require(desk.server)
    server.receive(Array("$qC#00".utf8))
    #expect(desk.takeAll() == "-")
    server.receive(Array("$qC#b4".utf8))
    #expect(desk.takeAll() == "+$QC1#c5")
    server.receive(Array("-".utf8))
    #expect(desk.takeAll() == "$QC1#c5")
    server.receive(Array("+-".utf8))
    #expect(desk.takeAll() == "")
    server.receive(GDBDesk.wire("QStartNoAckMode"))
    #expect(desk.takeAll() == "+$OK#9a")
    server.receive(Array("+$qC#b4$qC#00-".utf8))
    #expect(desk.takeAll() == "$QC1#c5")
  }

  @Test func `what is not known gets an empty answer, what is too long an error`() throws {
    let (desk, _) = try GDBDesk.debug(.microvm)
    for packet in ["", "vMustReplyEmpty", "qTStatus", "qOffsets", "Qx", "q", "Z9,0,0", "vFile:open:", "~"] {
      #expect(desk.ask(packet) == "", "\(packet)")
    }
    #expect(desk.ask(String(repeating: "m", count: GDBSession.packetSize + 1)) == "E22")
    #expect(desk.ask("qAttached") == "1")
    #expect(desk.ask("qSymbol::") == "OK")
    #expect(desk.ask("!") == "OK")
    #expect(desk.ask("vCont?") == "vCont;c;C;s;S;t;r")
  }
}

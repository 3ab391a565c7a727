/// Packets of general interest, `q` and `Q`.
extension GDBServer {
  func answerQuery(_ packet: [UInt8]) -> [UInt8]? {
    var query = GDBScanner(packet)
    if query.take("qSupported") { return supported(query) }
    if query.take("QStartNoAckMode") {
      // This packet was acknowledged, and its answer is; no other one will.
      session?.acknowledges = false
      session?.lastSent = []
      return Self.ok
    }
    if query.take("qXfer:features:read:") {
      guard let document = target.document(String(decoding: query.part(until: ":"), as: UTF8.self)) else {
        return Array("E00".utf8)
      }
      return part(of: Array(document.utf8), query)
    }
    if query.take("qXfer:threads:read::") { return part(of: Array(threads.utf8), query) }
    if query.take("qfThreadInfo") {
      return Array(("m" + cpus.indices.map { GDBText.hex(UInt64($0 + 1)) }.joined(separator: ",")).utf8)
    }
    if query.take("qsThreadInfo") { return Array("l".utf8) }
    if query.take("qThreadExtraInfo,") {
      guard let thread = query.thread(), thread > 0, thread <= cpus.count else { return Self.invalid }
      return GDBText.hex(title(ofCPU: thread - 1).utf8)
    }
    if query.take("qCRC:") { return sum(query) }
    if query.take("qC") { return Array("QC\(GDBText.hex(UInt64((session?.cpu ?? 0) + 1)))".utf8) }
    if query.take("qAttached") { return Array("1".utf8) }
    if query.take("qSymbol:") { return Self.ok }
    if query.take("qRcmd,") { return command(query) }
    if query.take("qSearch:memory:") { return search(query) }
    // QEMU's packets for physical addresses, which people type as "maintenance packet Qqemu.PhyMemMode:1".
    if query.take("qqemu.PhyMemMode") { return Array((session?.isPhysical == true ? "1" : "0").utf8) }
    if query.take("Qqemu.PhyMemMode:") {
      session?.isPhysical = query.number() == 1
      return Self.ok
    }
    return Self.unknown
  }

  private func supported(_ query: GDBScanner) -> [UInt8] {
    var query = query
    _ = query.take(":")
    while !query.isAtEnd {
      switch String(decoding: query.part(until: ";"), as: UTF8.self) {
      case "swbreak+": session?.knowsSoftware = true
      case "hwbreak+": session?.knowsHardware = true
      default: break
      }
    }
    let features = [
      "PacketSize=\(GDBText.hex(UInt64(GDBSession.packetSize)))", "QStartNoAckMode+", "qXfer:features:read+",
      "qXfer:threads:read+", "swbreak+", "hwbreak+", "vContSupported+", "binary-upload+", "multiprocess-",
    ]
    return Array(features.joined(separator: ";").utf8)
  }

  /// The part of a document that a `qXfer` packet asks for, marked as the last one or not.
  private func part(of document: [UInt8], _ query: GDBScanner) -> [UInt8] {
    var query = query
    guard let (offset, length) = query.pair(), query.isAtEnd else { return Self.invalid }
    let start = Int(min(offset, UInt64(document.count)))
    let count = Int(min(length, UInt64(GDBSession.packetSize / 2 - 1), UInt64(document.count - start)))
    let mark = start + count == document.count ? UInt8(ascii: "l") : UInt8(ascii: "m")
    return [mark] + GDBText.escaped(document[start..<start + count])
  }

  /// What people see of a CPU in the list of threads.
  private func title(ofCPU index: Int) -> String { machine.cpus[index].activity }

  private var threads: String {
    var text = "<?xml version=\"1.0\"?>\n<threads>\n"
    for index in cpus.indices {
      text += "  <thread id=\"\(GDBText.hex(UInt64(index + 1)))\" core=\"\(index)\" name=\"CPU \(index)\">"
      text += title(ofCPU: index) + "</thread>\n"
    }
    return text + "</threads>\n"
  }

  /// `monitor COMMAND`: what it prints comes in packets of its own before the answer.
  private func command(_ query: GDBScanner) -> [UInt8]? {
    guard let monitor else { return Self.unknown }
    guard let line = GDBText.bytes(query.rest) else { return Self.invalid }
    let output = Array(monitor(String(decoding: line, as: UTF8.self), session?.cpu ?? 0).utf8)
    let size = GDBSession.packetSize / 2 - 1
    for start in stride(from: 0, to: output.count, by: size) {
      send([UInt8(ascii: "O")] + GDBText.hex(output[start..<min(start + size, output.count)]))
    }
    return Self.ok
  }
}

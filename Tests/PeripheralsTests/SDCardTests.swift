import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import Peripherals

/// The card on its bus: commands with the responses and states that the specification gives them.
@Suite final class SDCardTests {
  private var disk = MemoryDisk(size: 64 << 20) { UInt8(truncatingIfNeeded: $0 / 512 &+ $0) }
  private var card = SDCard()
  private var now: Int64 = 0

  init() { card.insert(disk) }

  private func insert(_ other: MemoryDisk) {
    disk = other
    card = SDCard()
    card.insert(other)
  }

  private func send(_ index: UInt8, _ argument: UInt32 = 0) -> SDResponse {
    card.command(index, argument, now: now, disk: disk)
  }

  /// The 32 bits of a short response; nil for none.
  private func status(_ index: UInt8, _ argument: UInt32 = 0) -> UInt32? {
    if case .short(let word) = send(index, argument) { word } else { nil }
  }

  private func application(_ index: UInt8, _ argument: UInt32 = 0) -> SDResponse {
    let address = UInt32(card.relativeAddress) << 16
    #expect(status(55, address).map { $0 & 0x20 } == 0x20)
    return send(index, argument)
  }

  private var address: UInt32 { UInt32(card.relativeAddress) << 16 }

  /// From idle to the transfer state.
  private func start() {
    _ = send(0)
    _ = send(8, 0x1aa)
    _ = application(41, 0x40ff_8000)
    _ = send(2)
    _ = send(3)
    _ = send(7, address)
    #expect(card.phase == .transfer)
  }

  private func receive(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let byte = card.send(disk: disk) { bytes.append(byte) }
    return bytes
  }

  /// Sends bytes; the answer to the last.
  @discardableResult
  private func put(_ bytes: some Sequence<UInt8>) -> SDAnswer {
    var answer = SDAnswer.none
    for byte in bytes { answer = card.receive(byte, now: now, disk: disk) }
    return answer
  }

  private func waitWhileBusy() { now = max(now, card.busyEnd) }

  @Test func `an empty slot says nothing`() {
    card = SDCard()
    #expect(send(0) == .none)
    #expect(send(8, 0x1aa) == .none)
    #expect(!card.isInserted)
  }

  @Test func `a card goes from idle through identification to transfer`() {
    #expect(send(0) == .none)
    #expect(card.phase == .idle)
    #expect(send(8, 0x1aa) == .short(0x1aa))
    #expect(application(41, 0) == .uncheckedShort(0x00ff_8000))
    #expect(card.phase == .idle)
    #expect(application(41, 0x40ff_8000) == .uncheckedShort(0x80ff_8000))
    #expect(card.phase == .ready)
    guard case .long(let cid) = send(2) else { return #expect(Bool(false), "CMD2 has a long response") }
    #expect(cid >> 64 & 0xff_ffff_ffff == 0x46_4552_5259)
    #expect(card.phase == .identification)
    #expect(send(3) == .short(0x4567_0500))
    #expect(card.phase == .standby)
    #expect(send(3) == .short(0x8ace_0700))
    #expect(send(7, 0x1234_0000) == .none)
    #expect(card.phase == .standby)
    #expect(send(7, 0x8ace_0000) == .short(0x700))
    #expect(send(13, 0x8ace_0000) == .short(0x900))
    #expect(send(13, 0x1234_0000) == .none)
    #expect(send(7, 0) == .none)
    #expect(card.phase == .standby)
  }

  @Test func `a voltage that it does not have silences the card until the power goes`() {
    #expect(send(8, 0x2aa) == .none)
    #expect(application(41, 0x0000_0080) == .none)
    #expect(card.phase == .inactive)
    #expect(send(0) == .none)
    #expect(card.phase == .inactive)
    card.powerCycle()
    #expect(send(8, 0x1aa) == .short(0x1aa))
  }

  @Test func `a command that the state does not allow has no response, and the next one tells`() {
    start()
    #expect(send(2) == .none)
    #expect(status(13, address) == 0x0040_0900)
    #expect(status(13, address) == 0x0000_0900)
    #expect(send(1) == .none)
    #expect(send(4) == .none)
    #expect(status(13, address) == 0x0040_0900)
  }

  @Test func `an application's number that there is not is an ordinary command`() {
    start()
    _ = status(55, address)
    #expect(status(17, 0) == 0x900)
    #expect(card.phase == .data)
  }

  @Test func `one block is read and the card is back in transfer`() {
    start()
    #expect(status(17, 1024) == 0x900)
    #expect(card.phase == .data)
    #expect(receive(512) == Array(disk.bytes[1024..<1536]))
    #expect(card.phase == .transfer)
    #expect(receive(1) == [])
  }

  @Test func `many blocks are read until they are stopped, in the middle of one too`() {
    start()
    #expect(status(18, 512) == 0x900)
    #expect(receive(1300) == Array(disk.bytes[512..<1812]))
    #expect(status(12) == 0xb00)
    #expect(card.phase == .transfer)
    #expect(status(17, 0) == 0x900)
    #expect(receive(512) == Array(disk.bytes[0..<512]))
  }

  @Test func `one block is written, and the card is busy with it`() {
    start()
    #expect(status(24, 512) == 0x900)
    #expect(put([UInt8](repeating: 0x5a, count: 511)) == .more)
    #expect(put([0xa5]) == .accepted)
    #expect(card.isBusy(now: now))
    #expect(status(13, address) == 0xe00)
    waitWhileBusy()
    #expect(status(13, address) == 0x900)
    #expect(disk.bytes[512..<1023].allSatisfy { $0 == 0x5a })
    #expect(disk.bytes[1023] == 0xa5)
  }

  @Test func `a card that is busy can be put aside and is found where it was`() {
    start()
    _ = send(24, 0)
    put([UInt8](repeating: 1, count: 512))
    #expect(send(7, 0) == .none)
    #expect(status(13, address) == 0x1000)
    #expect(status(7, address) == 0x1000)
    #expect(card.phase == .programming)
    _ = send(7, 0)
    waitWhileBusy()
    #expect(status(13, address) == 0x700)
  }

  @Test func `many blocks are written until they are stopped, and counted`() {
    start()
    #expect(application(23, 3) == .short(0x920))
    #expect(status(25, 2048) == 0x900)
    for block: UInt8 in 1...3 {
      #expect(put([UInt8](repeating: block, count: 512)) == .accepted)
      #expect(card.phase == .receive)
      waitWhileBusy()
    }
    put([9, 9, 9])
    #expect(status(12) == 0xd00)
    #expect(card.phase == .programming)
    #expect(status(13, address) == 0x900)
    #expect(disk.bytes[2048] == 1 && disk.bytes[3583] == 3)
    #expect(disk.bytes[3584] != 9)
    #expect(application(22) == .short(0x920))
    #expect(receive(8) == [0, 0, 0, 3])
  }

  @Test func `bytes that come while the card is busy are lost`() {
    start()
    _ = send(25, 0)
    put([UInt8](repeating: 1, count: 512))
    #expect(put([2]) == .none)
    #expect(card.isAtBlockStart)
  }

  @Test func `addresses and lengths that cannot be are told at once`() {
    start()
    #expect(status(17, 64 << 20) == 0x8000_0900)
    #expect(status(24, 0xffff_fe00) == 0x8000_0900)
    #expect(status(17, 1) == 0x4000_0900)
    #expect(status(24, 256) == 0x4000_0900)
    #expect(status(16, 0) == 0x2000_0900)
    #expect(status(16, 513) == 0x2000_0900)
    #expect(status(16, 64) == 0x900)
    #expect(status(24, 0) == 0x2000_0900)
    #expect(status(13, address) == 0x900)
    #expect(card.phase == .transfer)
  }

  @Test func `a part of a block is read where it does not cross its edge`() {
    start()
    _ = send(16, 64)
    #expect(status(17, 0x1c0) == 0x900)
    #expect(receive(100) == Array(disk.bytes[0x1c0..<0x200]))
    #expect(status(17, 0x1c1) == 0x4000_0900)
  }

  @Test func `reading past the end gives no more, and the stop tells why`() {
    start()
    _ = send(18, (64 << 20) - 512)
    #expect(receive(1000).count == 512)
    #expect(status(12) == 0x8000_0b00)
    #expect(status(13, address) == 0x900)
  }

  @Test func `writing past the end is refused, and the stop tells why`() {
    start()
    _ = send(25, (64 << 20) - 512)
    #expect(put([UInt8](repeating: 1, count: 512)) == .accepted)
    waitWhileBusy()
    #expect(put([UInt8](repeating: 1, count: 512)) == .refused)
    #expect(status(12) == 0x8000_0d00)
  }

  @Test func `a medium that fails shows in the data and in the status`() {
    start()
    disk.failure = .failed
    _ = send(17, 0)
    #expect(receive(1) == [])
    #expect(status(13, address) == 0x0020_0900)
    _ = send(24, 0)
    #expect(put([UInt8](repeating: 1, count: 512)) == .refused)
    #expect(status(13, address) == 0x0008_0900)
    disk.failure = nil
    _ = send(17, 0)
    #expect(receive(512).count == 512)
  }

  @Test func `a locked card is read and not written`() {
    insert(MemoryDisk(size: 1 << 20, isReadOnly: true))
    start()
    #expect(card.isLocked)
    #expect(status(24, 0) == 0x0400_0900)
    #expect(card.phase == .transfer)
    _ = send(32, 0)
    _ = send(33, 0)
    #expect(status(38) == 0x0400_0900)
    #expect(status(17, 0) == 0x900)
  }

  @Test func `an area is erased to zeros`() {
    start()
    #expect(status(32, 512) == 0x900)
    #expect(status(33, 1536) == 0x900)
    #expect(status(38) == 0x900)
    #expect(card.phase == .programming)
    waitWhileBusy()
    #expect(status(13, address) == 0x900)
    #expect(disk.bytes[512..<2048].allSatisfy { $0 == 0 })
    #expect(disk.bytes[511] != 0 && disk.bytes[2048] != 0)
  }

  @Test func `erasing has its order`() {
    start()
    #expect(status(38) == 0x1000_0900)
    #expect(status(33, 0) == 0x1000_0900)
    _ = send(32, 1024)
    _ = send(33, 512)
    #expect(status(38) == 0x0800_0900)
    _ = send(32, 0)
    _ = status(13, address)
    _ = send(33, 0)
    #expect(status(16, 512) == 0x2900)
    #expect(status(38) == 0x1000_0900)
    #expect(status(32, 64 << 20) == 0x8000_0900)
  }

  @Test func `standard capacity is told in version 1 of the CSD`() {
    for (size, capacity) in [
      (4 << 10, 4 << 10), (8 << 20, 8 << 20), (64 << 20, 64 << 20), (1 << 30, 1 << 30), (2 << 30, 2 << 30),
      ((64 << 20) + 512, 64 << 20), (100_000_256, 100_000_256 / 32768 * 32768),
    ] as [(Int64, Int64)] {
      insert(MemoryDisk(size: size, kept: 0))
      #expect(SDCard.capacity(of: size) == capacity)
      let csd = card.csd
      #expect(csd >> 126 == 0)
      let multiplier = 1 << (Int(truncatingIfNeeded: csd >> 47 & 7) + 2)
      let length = 1 << Int(truncatingIfNeeded: csd >> 80 & 15)
      #expect((Int(truncatingIfNeeded: csd >> 62 & 0xfff) + 1) * multiplier * length == capacity)
      #expect(csd & 1 == 1)
    }
  }

  @Test func `more than 2 GiB is SDHC with addresses in blocks`() {
    insert(MemoryDisk(size: 4 << 30) { UInt8(truncatingIfNeeded: $0 / 512) })
    #expect(application(41, 0x40ff_8000) == .uncheckedShort(0x00ff_8000))
    #expect(card.phase == .idle)
    _ = send(8, 0x1aa)
    #expect(application(41, 0x00ff_8000) == .uncheckedShort(0x00ff_8000))
    #expect(application(41, 0x40ff_8000) == .uncheckedShort(0xc0ff_8000))
    _ = send(2)
    _ = send(3)
    guard case .long(let csd) = send(9, address) else { return #expect(Bool(false), "CMD9 has a long response") }
    #expect(csd >> 126 == 1)
    let units = Int(truncatingIfNeeded: csd >> 48 & 0x3f_ffff) + 1
    #expect(units == 8192)
    _ = send(7, address)
    _ = send(16, 64)
    #expect(status(17, 3) == 0x900)
    #expect(receive(1000) == [UInt8](repeating: 3, count: 512))
    #expect(status(17, 8 << 20) == 0x8000_0900)
    #expect(status(17, .max) == 0x8000_0900)
  }

  @Test func `registers have the CRC that the specification computes`() {
    // CRC7 of sixteen bytes, bit by bit over polynomial x^7 + x^3 + 1.
    func crc(_ word: UInt128) -> UInt8 {
      var rest = (word >> 8) << 7
      for bit in stride(from: 126, through: 7, by: -1) where rest >> UInt128(bit) & 1 == 1 {
        rest ^= 0x89 << UInt128(bit - 7)
      }
      return UInt8(truncatingIfNeeded: rest)
    }
    #expect(UInt8(truncatingIfNeeded: card.cid >> 1 & 0x7f) == crc(card.cid))
    #expect(UInt8(truncatingIfNeeded: card.csd >> 1 & 0x7f) == crc(card.csd))
  }

  @Test func `the data lines are chosen, and the SD status and SCR tell`() {
    start()
    #expect(application(51) == .short(0x920))
    #expect(receive(100) == [0x02, 0x05, 0, 0, 0, 0, 0, 0])
    #expect(application(6, 2) == .short(0x920))
    #expect(card.isWide)
    #expect(application(13) == .short(0x920))
    let status = receive(100)
    #expect(status.count == 64)
    #expect(status[0] == 0x80)
    #expect(application(6, 1) == .short(0x8000_0920))
    #expect(application(42, 0) == .short(0x920))
  }

  @Test func `high speed is asked for and chosen`() {
    start()
    #expect(status(6, 0x00ff_fff1) == 0x900)
    let asked = receive(100)
    #expect(asked.count == 64)
    #expect(asked[13] == 0x03 && asked[16] == 0x01 && asked[15] == 0)
    #expect(!card.isHighSpeed)
    _ = send(6, 0x80ff_fff1)
    _ = receive(64)
    #expect(card.isHighSpeed)
    #expect(card.csd >> 96 & 0xff == 0x5a)
    _ = send(6, 0x80ff_ff2f)
    #expect(receive(64)[16] == 0xf1)
    #expect(card.isHighSpeed)
    _ = send(0)
    #expect(!card.isHighSpeed)
  }

  @Test func `the CSD takes its protections, and only those`() {
    start()
    let flags: UInt128 = 1 << 12
    func bytes(_ word: UInt128) -> [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: word >> UInt128(120 - 8 * $0)) } }
    #expect(status(27) == 0x900)
    #expect(put(bytes(card.csd | flags)) == .accepted)
    waitWhileBusy()
    #expect(status(24, 0) == 0x0400_0900)
    _ = send(27)
    put(bytes(card.csd ^ 1 << 80))
    #expect(status(13, address) == 0x0001_0900)
    _ = send(27)
    put(bytes(card.csd & ~flags))
    waitWhileBusy()
    #expect(status(24, 0) == 0x900)
  }

  @Test func `a read that is saved in its middle goes on where it was`() throws {
    start()
    _ = send(18, 0)
    let first = receive(700)
    let loaded = try SDCard.table.load(SDCard.table.save(card), over: card)
    card = loaded
    #expect(first + receive(836) == Array(disk.bytes[0..<1536]))
  }

  @Test func `a card of another size or with another tab refuses the load`() {
    let tree = SDCard.table.save(card)
    var other = SDCard()
    other.insert(MemoryDisk(size: 32 << 20))
    #expect(throws: LoadError.self) { try SDCard.table.load(tree, over: other) }
    other.insert(MemoryDisk(size: 64 << 20, isReadOnly: true))
    #expect(throws: LoadError.self) { try SDCard.table.load(tree, over: other) }
  }

  @Test func `its table is whole and its schema the one on record`() throws {
    #expect(auditState(SDCard.self) == [])
    #expect(SDCard.table.schema == (try golden("sd-card")))
  }
}

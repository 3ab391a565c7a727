import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing
import VirtioSample

@testable import Virtio

/// The GPU (Virtual I/O Device 1.2, 5.7).
struct VirtioGPUTests {
  private let driver: VirtioDriver<VirtioGPU>

  init() throws {
    driver = try VirtioDriver<VirtioGPU>(parameters: ["xres": "640", "yres": "480"])
    driver.start()
  }

  private static func words(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }
  }

  private static func header(_ type: UInt32, fence: UInt64? = nil) -> [UInt8] {
    words([
      type, fence == nil ? 0 : 1, UInt32(truncatingIfNeeded: fence ?? 0),
      UInt32(truncatingIfNeeded: (fence ?? 0) >> 32),
      0, 0,
    ])
  }

  /// The answer to a command: its type, and what follows the header.
  @discardableResult
  private func ask(_ type: UInt32, _ words: [UInt32] = [], room: Int = 1200, queue: Int = 0) -> (UInt32, [UInt8]) {
    let bytes = driver.ask(Self.header(type) + Self.words(words), writable: room, of: queue)
    guard bytes.count >= 24 else { return (0, bytes) }
    return (bytes[0..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }, Array(bytes[24...]))
  }

  /// Makes a resource, backs it by memory at `at`, and shows it.
  private func show(_ id: UInt32 = 1, width: UInt32 = 64, height: UInt32 = 32, at: UInt64 = 0x80_0000) {
    #expect(ask(0x101, [id, 2, width, height]).0 == 0x1100)
    #expect(ask(0x106, [id, 1, UInt32(at), 0, width * height * 4, 0]).0 == 0x1100)
    #expect(ask(0x103, [0, 0, width, height, 0, id]).0 == 0x1100)
  }

  /// Brings a part of resource 1 from its backing.
  private func transfer(_ x: UInt32, _ y: UInt32, _ width: UInt32, _ height: UInt32, offset: UInt32) -> UInt32 {
    ask(0x105, [x, y, width, height, offset, 0, 1, 0]).0
  }

  private func picture() -> any Picture { driver.device.makePicture() }

  @Test func `tables and registers describe it whole`() { #expect(audit(Desk<VirtioGPU>().device) == []) }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioGPU.State.table.schema == (try golden("virtio-gpu-device")))
  }

  @Test func `a million random accesses leave it in a state that loads`() {
    #expect(auditStorm(of: VirtioGPU.self, accesses: 100_000) == [])
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `moved at random moments under a hostile driver it does as its twin`(seed: UInt64) throws {
    #expect(
      try auditQueues(of: VirtioGPU.self, seed: seed, request: HostileRequests.gpu) { device, random in
        if random.next() % 8 == 0 { device.resize(width: Int(random.next() % 3000), height: 500) }
      } == [])
  }

  @Test func `it tells of its display, and of another size when the host wants one`() {
    let (type, body) = ask(0x100)
    #expect(type == 0x1101 && body.count == 384)
    #expect(Array(body.prefix(24)) == Self.words([0, 0, 640, 480, 1, 0]))
    #expect(body.dropFirst(24).allSatisfy { $0 == 0 })
    #expect(driver.read(0x100) == 0 && driver.read(0x108) == 1)
    _ = driver.takeInterrupt()
    driver.device.resize(width: 1024, height: 768)
    #expect(driver.takeInterrupt() == 2)
    #expect(driver.read(0x100) == 1 && driver.read(0xfc) == 1)
    driver.write(1, 0x104)
    #expect(driver.read(0x100) == 0)
    #expect(Array(ask(0x100).1.prefix(16)) == Self.words([0, 0, 1024, 768]))
    driver.device.resize(width: 1024, height: 768)
    #expect(driver.read(0x100) == 0, "the same size again is nothing new")
  }

  @Test func `the monitor's EDID has the mode that is wanted, and its sum is right`() {
    let (type, body) = ask(0x10a, [0, 0])
    #expect(type == 0x1104 && body.count == 1032)
    #expect(Array(body.prefix(4)) == Self.words([128]))
    let block = Array(body[8..<136])
    #expect(block.prefix(8) == [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0])
    #expect(block.reduce(0) { $0 &+ $1 } == 0)
    #expect(Int(block[56]) | Int(block[58] >> 4) << 8 == 640)
    #expect(Int(block[59]) | Int(block[61] >> 4) << 8 == 480)
    #expect(ask(0x10a, [1, 0]).0 == 0x1202)
  }

  @Test func `a fence comes back with the answer`() {
    let answer = driver.ask(Self.header(0x100, fence: 0x1234_5678_9abc), writable: 408)
    #expect(Array(answer[4..<16]) == Self.words([1, 0x5678_9abc, 0x1234]))
    #expect(Array(driver.ask(Self.header(0x100), writable: 408)[4..<24]) == [UInt8](repeating: 0, count: 20))
  }

  @Test func `dots get from the guest's memory into the picture`() {
    show()
    for row in 0..<32 as Range<UInt64> {
      for x in 0..<64 as Range<UInt64> { driver.memory.write(row << 8 | x, 0x80_0000 + (row * 64 + x) * 4, width: 4) }
    }
    let picture = picture()
    #expect(picture.update(0))
    #expect((picture.width, picture.height) == (64, 32) && picture.pixels.allSatisfy { $0 == 0 })
    #expect(transfer(8, 4, 16, 2, offset: (4 * 64 + 8) * 4) == 0x1100)
    #expect(ask(0x104, [8, 4, 16, 2, 1, 0]).0 == 0x1100)
    #expect(picture.update(0))
    #expect(picture.pixels[4 * 64 + 8] == 0x0408 && picture.pixels[5 * 64 + 23] == 0x0517)
    #expect(picture.pixels[5 * 64 + 24] == 0 && picture.pixels[6 * 64 + 8] == 0)
    #expect(!picture.update(0))
  }

  @Test func `backing in many pieces is one`() {
    #expect(ask(0x101, [1, 2, 16, 16]).0 == 0x1100)
    var list: [UInt32] = [1, 32]
    for piece in 0..<32 as Range<UInt32> { list += [0x80_0000 + (31 - piece) * 0x1000, 0, 32, 0] }
    #expect(ask(0x106, list).0 == 0x1100)
    for piece in 0..<32 as Range<UInt64> {
      for dot in 0..<8 as Range<UInt64> {
        driver.memory.write(piece << 8 | dot, 0x80_0000 + (31 - piece) * 0x1000 + dot * 4, width: 4)
      }
    }
    #expect(ask(0x103, [0, 0, 16, 16, 0, 1]).0 == 0x1100)
    #expect(transfer(0, 0, 16, 16, offset: 0) == 0x1100)
    let picture = picture()
    #expect(picture.update(0))
    let wanted: [UInt32] = (0..<256 as Range<UInt32>).map { (dot: UInt32) -> UInt32 in (dot / 8) << 8 | dot % 8 }
    #expect(picture.pixels == wanted)
  }

  @Test(
    arguments: [
      (1, 0x0033_2211), (2, 0x0033_2211), (3, 0x0022_3344), (4, 0x0022_3344), (67, 0x0011_2233), (134, 0x0011_2233),
      (68, 0x0044_3322), (121, 0x0044_3322),
    ] as [(UInt32, UInt32)])
  func `each format has its order of colours`(format: UInt32, color: UInt32) {
    #expect(ask(0x101, [1, format, 1, 1]).0 == 0x1100)
    #expect(ask(0x106, [1, 1, 0x80_0000, 0, 4, 0]).0 == 0x1100)
    driver.memory.store([0x11, 0x22, 0x33, 0x44], at: 0x80_0000)
    #expect(transfer(0, 0, 1, 1, offset: 0) == 0x1100)
    #expect(ask(0x103, [0, 0, 1, 1, 0, 1]).0 == 0x1100)
    let picture = picture()
    _ = picture.update(0)
    #expect(picture.pixels == [color])
  }

  @Test func `what is wrong is answered, and nothing breaks`() {
    show()
    let cases: [(UInt32, [UInt32], UInt32)] = [
      (0x101, [1, 2, 8, 8], 0x1203), (0x101, [0, 2, 8, 8], 0x1203), (0x101, [2, 99, 8, 8], 0x1205),
      (0x101, [2, 2, 0, 8], 0x1205), (0x101, [2, 2, 16384, 16384], 0x1201), (0x102, [9, 0], 0x1203),
      (0x103, [0, 0, 65, 32, 0, 1], 0x1205), (0x103, [0, 0, 0, 0, 0, 1], 0x1205), (0x103, [0, 0, 8, 8, 1, 1], 0x1202),
      (0x103, [0, 0, 8, 8, 0, 7], 0x1203), (0x103, [.max, 0, 8, 8, 0, 1], 0x1205),
      (0x104, [0, 0, 65, 1, 1, 0], 0x1205), (0x105, [0, 0, 64, 33, 0, 0, 1, 0], 0x1205),
      (0x105, [0, 0, 64, 32, 4, 0, 1, 0], 0x1205), (0x105, [0, 0, 64, 32, .max, .max, 1, 0], 0x1205),
      (0x106, [1, 1, 0x80_0000, 0, 4, 0], 0x1205), (0x106, [5, 1, 0x80_0000, 0, 4, 0], 0x1203),
      (0x107, [5, 0], 0x1203),
      (0x108, [0, 0], 0x1205), (0x200, [], 0x1200), (0x300, [], 0x1200),
    ]
    for (type, words, answer) in cases { #expect(ask(type, words).0 == answer, "\(type) \(words)") }
    #expect(ask(0x107, [1, 0]).0 == 0x1100)
    #expect(ask(0x105, [0, 0, 64, 32, 0, 0, 1, 0]).0 == 0x1200)
    for list in [[1, 2, 0x80_0000, 0, 4, 0], [1, 0], [1, .max], [1, 1, 0, 0xff, 4096, 0]] as [[UInt32]] {
      #expect(ask(0x106, list).0 == 0x1205)
    }
    #expect(!driver.isBroken)
    driver.add([1, 2, 3], writable: 24)
    driver.kick()
    #expect(driver.isBroken, "a command without a header")
  }

  @Test func `memory is given back, and new resources are black`() {
    for round in 0..<6 as Range<UInt32> {
      #expect(ask(0x101, [1, 2, 4096, 4096]).0 == 0x1100, "round \(round)")
      #expect(ask(0x101, [2, 2, 4096, 4096]).0 == 0x1201)
      #expect(ask(0x106, [1, 1, 0x80_0000, 0, 4096 * 4, 0]).0 == 0x1100)
      driver.memory.write(0xff_ffff, 0x80_0000, width: 4)
      #expect(ask(0x103, [0, 0, 16, 1, 0, 1]).0 == 0x1100)
      let picture = picture()
      _ = picture.update(0)
      #expect(picture.pixels[0] == 0)
      #expect(transfer(0, 0, 16, 1, offset: 0) == 0x1100)
      _ = picture.update(0)
      #expect(picture.pixels[0] == 0xff_ffff)
      #expect(ask(0x102, [1, 0]).0 == 0x1100)
      #expect(picture.update(0))
      #expect((picture.width, picture.height) == (640, 480) && picture.pixels.allSatisfy { $0 == 0 })
    }
  }

  @Test func `the cursor is over the picture, moves, and goes`() throws {
    show(width: 128, height: 100)
    #expect(ask(0x101, [2, 1, 64, 64]).0 == 0x1100)
    #expect(ask(0x106, [2, 1, 0x90_0000, 0, 64 * 64 * 4, 0]).0 == 0x1100)
    driver.memory.write(0xff00_ff00, 0x90_0000, width: 4)
    driver.memory.write(0x8000_0080, 0x90_0004, width: 4)
    driver.memory.write(0x00ff_ffff, 0x80_0000 + (10 * 128 + 21) * 4, width: 4)
    #expect(ask(0x105, [0, 0, 64, 64, 0, 0, 2, 0]).0 == 0x1100)
    #expect(transfer(0, 0, 128, 100, offset: 0) == 0x1100)
    let picture = picture()
    _ = picture.update(0)
    #expect(ask(0x300, [0, 25, 12, 0, 2, 5, 2, 0], queue: 1).0 == 0x1100)
    #expect(picture.update(0))
    #expect(picture.pixels[10 * 128 + 20] == 0x00_ff00)
    #expect(picture.pixels[10 * 128 + 21] == 0x7f_7fff, "half of it shines through")
    #expect(picture.changedRows == 10..<74)
    #expect(ask(0x301, [0, 26, 13, 0, 0, 0, 0, 0], queue: 1).0 == 0x1100)
    #expect(picture.update(0))
    #expect(picture.pixels[11 * 128 + 21] == 0x00_ff00 && picture.pixels[10 * 128 + 20] == 0)
    #expect(picture.pixels[10 * 128 + 21] == 0xff_ffff)
    var random = SplitMix64(seed: 3)
    try driver.move(&random)
    let after = self.picture()
    _ = after.update(0)
    #expect(after.pixels == picture.pixels)
    #expect(ask(0x300, [0, 0, 0, 0, 0, 0, 0, 0], queue: 1).0 == 0x1100)
    #expect(picture.update(0) || after.update(0))
    #expect(ask(0x300, [0, 0, 0, 0, 1, 0, 0, 0], queue: 1).0 == 0x1205, "a cursor has 64 by 64 dots")
  }

  @Test func `a picture is the same whoever looks first, and with the device's state elsewhere`() throws {
    show()
    driver.memory.write(0x12_3456, 0x80_0000, width: 4)
    #expect(transfer(0, 0, 64, 32, offset: 0) == 0x1100)
    let first = picture()
    _ = first.update(0)
    var random = SplitMix64(seed: 9)
    try driver.move(&random)
    let second = picture()
    _ = second.update(0)
    #expect(first.pixels == second.pixels && first.pixels[0] == 0x12_3456)
  }

  @Test func `a state whose picture lies nowhere, or partly, shows nothing`() throws {
    show()
    let whole = driver.device.state
    for change in [{ $0.shown.width = 65 }, { $0.shown.height = 0 }, { $0.scanout = 77 }]
      as [(inout VirtioGPU.State) -> Void]
    {
      driver.device.state = whole
      change(&driver.device.state)
      driver.device.settle()
      let picture = picture()
      _ = picture.update(0)
      #expect((picture.width, picture.height) == (Int(whole.width), Int(whole.height)))
      #expect(picture.pixels.allSatisfy { $0 == 0 })
    }
  }
}

import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import ARMDevices

/// Keeps what is played and plays a ramp to whoever records.
private final class Tape: AudioBackend {
  var frames: [AudioFrame] = []
  var rates: Set<Int> = []
  private var next: Int32 = 0

  func play(_ frame: AudioFrame, rate: Int) {
    frames.append(frame)
    rates.insert(rate)
  }

  func record(rate: Int) -> AudioFrame {
    next += 16
    return AudioFrame(left: next, right: -next)
  }
}

@Suite final class `the PL041` {
  private let tape = Tape()
  private var desk: Desk<PL041>
  /// One frame of the link.
  private let frame: Int64 = 20_834

  init() {
    desk = Desk(backends: ["audio": tape])
    desk.writeWord(1, 0x7c)
    desk.writeWord(0x1f9, 0x78)
  }

  private func codecWrite(_ value: UInt32, _ address: UInt32) {
    desk.writeWord(value << 4, 0x5c)
    desk.writeWord(address << 12, 0x54)
    desk.wait(3 * frame)
  }

  private func codecRead(_ address: UInt32) -> UInt32? {
    desk.writeWord(address << 12 | 1 << 19, 0x54)
    desk.wait(3 * frame)
    guard desk.readWord(0x68) & 0x140 == 0x140, desk.readWord(0x50) >> 12 == address else { return nil }
    return desk.readWord(0x58) >> 4
  }

  private func move() throws {
    let next = Desk<PL041>(backends: ["audio": tape])
    next.jump(to: desk.now)
    next.device.state = try PL041State.table.load(PL041State.table.save(desk.device.state), over: next.device.state)
    next.device.settle()
    desk = next
  }

  // MARK: The codec

  @Test func `the codec is an LM4549`() {
    #expect(codecRead(0x7c) == 0x4e53)
    #expect(codecRead(0x7e) == 0x4331)
    #expect(codecRead(0x00) == 0x0d50)
    #expect(codecRead(0x02) == 0x8000)
    #expect(codecRead(0x26) == 0x000f)
    #expect(codecRead(0x28) == 0x0001)
    #expect(codecRead(0x2c) == 48000)
    #expect(codecRead(0x5a) == 0)
  }

  @Test func `registers of the codec keep their bits, and its reset brings all back`() {
    codecWrite(0xffff, 0x02)
    #expect(codecRead(0x02) == 0x9f1f)
    codecWrite(0xffff, 0x7c)
    #expect(codecRead(0x7c) == 0x4e53)
    codecWrite(0x0300, 0x26)
    #expect(codecRead(0x26) == 0x030c)
    codecWrite(0, 0x00)
    #expect(codecRead(0x02) == 0x8000)
    #expect(codecRead(0x26) == 0x000f)
  }

  @Test func `rates change where variable ones are on, within their range`() {
    codecWrite(8000, 0x2c)
    #expect(codecRead(0x2c) == 48000)
    codecWrite(1, 0x2a)
    codecWrite(8000, 0x2c)
    #expect(codecRead(0x2c) == 8000)
    codecWrite(1, 0x2c)
    #expect(codecRead(0x2c) == 4000)
    codecWrite(0, 0x2a)
    #expect(codecRead(0x2c) == 48000)
  }

  @Test func `a slot waits for its frame, the answer for the one after`() {
    desk.writeWord(0x7c << 12 | 1 << 19, 0x54)
    #expect(desk.readWord(0x68) == 0xa02)
    #expect(desk.readWord(0x88) == 2)
    desk.wait(frame)
    #expect(desk.readWord(0x68) == 0xa80)
    desk.wait(frame)
    #expect(desk.readWord(0x68) == 0xbc0)
    _ = desk.readWord(0x50)
    #expect(desk.readWord(0x68) == 0xb80)
    _ = desk.readWord(0x58)
    #expect(desk.readWord(0x68) == 0xa80)
  }

  @Test func `there is no second codec, and none without a clock`() {
    desk.writeWord(0x5f9, 0x78)
    #expect(codecRead(0x7c) == nil)
    desk.writeWord(0x1f9, 0x78)
    #expect(codecRead(0x7c) == 0x4e53)
    desk.writeWord(0, 0x7c)
    #expect(codecRead(0x7c) == nil)
    #expect(desk.readWord(0x68) & 2 == 2)
    desk.writeWord(1, 0x7c)
    desk.wait(3 * frame)
    #expect(desk.readWord(0x58) >> 4 == 0x4e53)
  }

  @Test func `PR4 stops the link until SYNC wakes the codec`() {
    codecWrite(0x1000, 0x26)
    #expect(codecRead(0x7c) == nil)
    desk.writeWord(1, 0x80)
    desk.writeWord(0, 0x80)
    desk.wait(3 * frame)
    #expect(desk.readWord(0x58) >> 4 == 0x4e53)
  }

  @Test func `slots interrupt where they are enabled`() {
    desk.writeWord(0x01, 0x70)
    #expect(!desk.level("irq"))
    _ = codecRead(0x7c)
    desk.writeWord(0x7e << 12 | 1 << 19, 0x54)
    desk.wait(3 * frame)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x6c) == 0x01)
    #expect(desk.readWord(0x84) == 1 << 28)
    _ = desk.readWord(0x50)
    #expect(!desk.level("irq"))
  }

  // MARK: Playing

  @Test func `a FIFO takes as many samples as it is deep`() {
    desk.writeWord(0x1_0001, 0x04)
    var count = 0
    while desk.readWord(0x08) & 0x20 == 0, count < 4096 {
      desk.writeWord(0, 0x90)
      count += 1
    }
    #expect(count == 512)
    desk.wait(100 * frame)
    #expect(desk.readWord(0x08) & 0x22 == 0x20)
    desk.writeWord(0x1f8, 0x78)
    #expect(desk.readWord(0x08) & 0x22 == 0x02)
    for (depth, code) in [("8", 0x00), ("256", 0x2d), ("512", 0x36)] as [(String, UInt32)] {
      let other = Desk<PL041>(parameters: ["fifo-depth": depth])
      #expect(other.readWord(0xfec) == code)
    }
  }

  @Test func `samples leave in slots 3 and 4, one of each in every frame`() {
    desk.writeWord(0x1_0018, 0x04)
    for sample: UInt32 in 1...8 { desk.writeWord(sample, 0x90 + UInt64(sample % 8) * 4) }
    desk.writeWord(0x1_0019, 0x04)
    desk.wait(4 * frame)
    #expect(tape.frames.map(\.left) == [16, 48, 80, 112])
    #expect(tape.frames.map(\.right) == [32, 64, 96, 128])
    #expect(tape.rates == [48000])
  }

  @Test func `compact words have two samples of 16 bits`() {
    desk.writeWord(0x1_8018, 0x04)
    desk.writeWord(0x8000_7fff, 0x90)
    desk.writeWord(0xffff_0001, 0x94)
    desk.writeWord(0x1_8019, 0x04)
    desk.wait(3 * frame)
    #expect(tape.frames.map(\.left) == [0x7fff0, 16])
    #expect(tape.frames.map(\.right) == [-0x80000, -16])
  }

  @Test(arguments: [(0, 16), (1, 4), (2, 1), (3, 256)] as [(UInt32, Int32)])
  func `samples of each size lie at the top of the slot`(size: UInt32, unit: Int32) {
    desk.writeWord(0x1_0018 | size << 13, 0x04)
    desk.writeWord(3, 0x90)
    desk.writeWord(.max, 0x90)
    desk.writeWord(0x1_0019 | size << 13, 0x04)
    desk.wait(2 * frame)
    #expect(tape.frames == [AudioFrame(left: 3 * unit, right: -unit)])
  }

  @Test func `the FIFO empties at 48 kHz, asks when it is half empty, and tells an underrun`() {
    desk.writeWord(0x24, 0x10)
    #expect(desk.readWord(0x0c) == 0x04)
    #expect(desk.level("irq"))
    desk.writeWord(0x1_0018, 0x04)
    for _ in 0..<512 { desk.writeWord(1, 0x90) }
    #expect(!desk.level("irq"))
    let begin = desk.now
    desk.writeWord(0x1_0019, 0x04)
    desk.turn(to: begin + 127 * 1_000_000_000 / 48_000 - 1)
    #expect(!desk.level("irq"))
    desk.turn(to: begin + 129 * 1_000_000_000 / 48_000)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x84) == 0x04)
    #expect(desk.readWord(0x08) & 0x80 != 0)
    desk.turn(to: begin + 258 * 1_000_000_000 / 48_000)
    #expect(tape.frames.count == 256)
    #expect(desk.readWord(0x84) == 0x24)
    #expect(desk.readWord(0x08) & 0x282 == 0x202)
    desk.writeWord(1 << 5, 0x74)
    #expect(desk.readWord(0x84) == 0x04)
  }

  @Test(arguments: [8000, 11025, 44100] as [UInt32]) func `variable rates drain it at theirs`(rate: UInt32) {
    codecWrite(1, 0x2a)
    codecWrite(rate, 0x2c)
    desk.writeWord(0x1_8018, 0x04)
    desk.writeWord(0x1_8019, 0x04)
    var written = 0
    for _ in 0..<100 {
      while desk.readWord(0x08) & 0x20 == 0 {
        desk.writeWord(0x0001_0001, 0x90)
        written += 1
      }
      desk.wait(1_000_000)
    }
    // A tenth of a second, the last of it up to this look.
    _ = desk.readWord(0x08)
    #expect(abs(tape.frames.count - Int(rate) / 10) <= 1)
    #expect(written >= tape.frames.count)
    #expect(tape.rates == [Int(rate)])
  }

  @Test func `a channel without an end of its own goes on by itself, the others stand`() {
    desk.writeWord(0x1_0018, 0x2c)
    desk.writeWord(7, 0xd0)
    desk.writeWord(8, 0xd4)
    desk.wait(10 * frame)
    #expect(tape.frames.isEmpty)
    desk.writeWord(0x1_0019, 0x2c)
    desk.wait(10 * frame)
    #expect(tape.frames == [AudioFrame(left: 7 * 16, right: 8 * 16)])
  }

  @Test func `without a back end samples are consumed all the same`() {
    desk = Desk()
    desk.writeWord(1, 0x7c)
    desk.writeWord(0x1f9, 0x78)
    desk.writeWord(0x1_8018, 0x04)
    for _ in 0..<100 { desk.writeWord(0, 0x90) }
    desk.writeWord(0x1_8019, 0x04)
    desk.wait(99 * frame)
    #expect(desk.readWord(0x08) & 0x02 == 0)
    desk.wait(2 * frame)
    #expect(desk.readWord(0x08) & 0x02 != 0)
  }

  // MARK: Recording

  @Test func `recorded samples come in slots 3 and 4`() {
    desk.writeWord(0x1_0019, 0x00)
    desk.wait(3 * frame)
    #expect([0, 1, 2, 3].map { desk.readWord(0x90 + $0 * 4) } == [1, 0xffff, 2, 0xfffe])
    desk.writeWord(0x1_8019, 0x00)
    desk.wait(2 * frame)
    _ = desk.readWord(0x90)
    #expect(desk.readWord(0x94) & 0xffff > 2)
  }

  @Test func `a receiver that nobody reads is half full, full and overruns`() {
    desk.writeWord(0x18, 0x10)
    desk.writeWord(0x1_0019, 0x00)
    desk.wait(129 * frame)
    #expect(desk.readWord(0x84) == 0x08)
    #expect(desk.level("irq"))
    desk.wait(130 * frame)
    #expect(desk.readWord(0x08) & 0x114 == 0x114)
    #expect(desk.readWord(0x84) == 0x18)
    desk.writeWord(1 << 1, 0x74)
    #expect(desk.readWord(0x08) & 0x100 == 0)
  }

  @Test func `the receive time-out counts frames in which nothing comes`() {
    desk.writeWord(0x42, 0x10)
    // Slot 6 is never recorded; ten frames.
    desk.writeWord(10 << 17 | 0x1_0041, 0x00)
    desk.wait(9 * frame)
    #expect(!desk.level("irq"))
    desk.wait(2 * frame)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x08) & 0x800 != 0)
    desk.writeWord(1 << 9, 0x74)
    #expect(!desk.level("irq"))
  }

  @Test func `loopback brings back what is sent`() {
    desk.writeWord(0x1fb, 0x78)
    desk.writeWord(0x1_0018, 0x04)
    for sample: UInt32 in 1...4 { desk.writeWord(sample, 0x90) }
    desk.writeWord(0x1_0019, 0x00)
    desk.writeWord(0x1_0019, 0x04)
    desk.wait(3 * frame)
    #expect((0..<4).map { _ in desk.readWord(0x90) } == [1, 2, 3, 4])
  }

  // MARK: Moves and reset

  @Test(arguments: [0, 1, 700, 2999] as [Int64]) func `moved while it plays and records it goes on`(
    moment: Int64
  ) throws {
    codecWrite(1, 0x2a)
    codecWrite(32000, 0x2c)
    desk.writeWord(0x24, 0x10)
    desk.writeWord(0x1_8018, 0x04)
    for sample: UInt32 in 0..<256 { desk.writeWord((2 * sample + 1) << 16 | 2 * sample, 0x90) }
    desk.writeWord(0x1_8019, 0x04)
    desk.wait(moment * 1000)
    try move()
    desk.wait(1_000_000)
    try move()
    desk.wait(20_000_000)
    #expect(tape.frames.count == 256)
    #expect(tape.frames.map(\.left) == (0..<256).map { Int32($0) * 32 })
    #expect(desk.readWord(0x84) == 0x24)
  }

  @Test func `moved between a command and its answer it brings the answer`() throws {
    desk.writeWord(0x7c << 12 | 1 << 19, 0x54)
    try move()
    desk.wait(frame)
    try move()
    desk.wait(frame)
    #expect(desk.readWord(0x58) >> 4 == 0x4e53)
  }

  @Test func `a reset is as after power on`() {
    codecWrite(0x1f1f, 0x02)
    desk.writeWord(0x1_0019, 0x00)
    desk.wait(100 * frame)
    desk.device.reset()
    #expect(desk.readWord(0x08) == 0x0b)
    #expect(desk.readWord(0x78) == 0)
    #expect(desk.readWord(0x7c) == 0)
    #expect(desk.device.state.codec.read(0x02) == 0x8000)
  }
}

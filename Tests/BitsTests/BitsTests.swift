import Bits
import Testing

@Suite struct BitsTests {
  @Test func `fields come out and go in`() {
    var word: UInt32 = 0x1234_5678
    #expect(word.bits(8...15) == 0x56)
    #expect(word.bits(0...31) == 0x1234_5678)
    word.setBits(8...15, 0xab)
    #expect(word == 0x1234_ab78)
    word.setBit(31, true)
    #expect(word.bit(31))
  }

  @Test func `signs extend`() {
    #expect(signExtend(UInt32(0x80), bits: 8) == 0xffff_ff80)
    #expect(signExtend(UInt32(0x7f), bits: 8) == 0x7f)
    #expect(signExtend(Int64(0xfff), bits: 12) == -1)
    #expect(signExtend(UInt8(0x80), bits: 8) == 0x80)
  }

  @Test func `a queue keeps order around its end and refuses when full`() {
    var queue = FixedQueue<3, UInt8>(filler: 0)
    for round in 0..<10 {
      queue.append(UInt8(round))
      queue.append(100)
      let taken = [queue.popFirst(), queue.popFirst()]
      #expect(taken == [UInt8(round), 100])
    }
    for byte in UInt8(0)..<3 { queue.append(byte) }
    let appended = queue.append(9)
    #expect(!appended)
    #expect(queue.elements == [0, 1, 2])
  }
}

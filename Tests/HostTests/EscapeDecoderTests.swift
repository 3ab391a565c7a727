import Testing

@testable import Host

struct EscapeDecoderTests {
  private func events(_ bytes: [UInt8]) -> [EscapeDecoder.Event] {
    var decoder = EscapeDecoder()
    return bytes.compactMap { decoder.feed($0) }
  }

  @Test func `what is typed goes to the guest, also Ctrl-C`() {
    #expect(events([0x68, 3, 0xff]) == [.byte(0x68), .byte(3), .byte(0xff)])
  }

  @Test func `Ctrl-A begins a command and Ctrl-A a sends it`() {
    #expect(events([1, 0x78]) == [.exit])
    #expect(events([1, 0x68, 1, 0x63, 1, 0x62]) == [.help, .next, .serialBreak])
    #expect(events([1, 0x61]) == [.byte(1)])
    #expect(events([1, 1]) == [.byte(1)])
  }

  @Test func `an unknown command is swallowed and the next byte counts again`() {
    #expect(events([1, 0x7a, 0x78]) == [.byte(0x78)])
  }
}

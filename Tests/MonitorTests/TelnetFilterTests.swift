import Testing

@testable import Monitor

struct TelnetFilterTests {
  @Test func `what telnet programs negotiate is no text`() {
    var filter = TelnetFilter()
    let bytes: [UInt8] = [
      255, 251, 1, 65, 255, 253, 3, 255, 250, 24, 0, 66, 255, 255, 255, 240, 67, 255, 241, 68, 255, 254, 34,
    ]
    #expect(bytes.filter { filter.passes($0) } == [65, 67, 68])
  }
}

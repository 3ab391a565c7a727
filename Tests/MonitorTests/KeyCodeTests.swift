import Testing

@testable import Monitor

struct KeyCodeTests {
  @Test func `every name of a key has a code of its own row`() {
    #expect(KeyCode.make("a") == 0x1e)
    #expect(KeyCode.make("f12") == 0x58)
    #expect(KeyCode.make("delete") == 0xe053)
    #expect(KeyCode.make("nokey") == nil)
  }
}

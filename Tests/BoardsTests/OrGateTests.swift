import DeviceModel
import Testing

@testable import Boards

/// Inputs that several lines drive.
struct OrGateTests {
  @Test func `while a state is loaded an input sees no edge of lines that settle one after the other`() {
    var levels: [Bool] = []
    let gate = OrGate { levels.append($0) }
    let lines = [Line("a"), Line("b"), Line("c")]
    for line in lines { _ = gate.connect(line) }
    lines[0].set(true)
    lines[2].set(true)
    levels = []
    gate.hold()
    lines[0].set(false)
    lines[1].set(true)
    #expect(levels.isEmpty)
    // The third line's level was another machine's.
    gate.release()
    #expect(levels == [true])
    lines[1].set(false)
    #expect(levels == [true, false])
    // An input that no line has driven is left alone.
    gate.hold()
    gate.release()
    #expect(levels == [true, false])
  }
}

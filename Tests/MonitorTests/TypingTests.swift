import Boards
import PCDevices
import Testing

@testable import Monitor

/// Texts as keys.
struct TypingTests {
  @Test func `every printable character of ASCII has a key, with Shift or without`() {
    for code in 0x20..<0x7f {
      let character = Character(UnicodeScalar(UInt8(code)))
      let keys = Typing.keys(character) ?? []
      #expect((1...2).contains(keys.count), "\(character)")
      #expect(keys.count == 1 || keys[0] == KeyCode.leftShift)
    }
    // All of a US keyboard's 47 keys with two characters, and the space bar.
    #expect(Set((0x20..<0x7f).compactMap { Typing.keys(Character(UnicodeScalar(UInt8($0))))?.last }).count == 48)
    #expect(Typing.keys("a") == [KeyCode.make("a")].compactMap(\.self))
    #expect(Typing.keys("~") == [KeyCode.leftShift, KeyCode.make("grave_accent") ?? 0])
    #expect(Typing.keys("|") == [KeyCode.leftShift, KeyCode.make("backslash") ?? 0])
    #expect(Typing.keys("\n") == [KeyCode.make("ret")].compactMap(\.self))
    #expect(Typing.keys("ä") == nil)
  }

  @Test func `a text with a character that no key has types nothing`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("type aé") == "A US keyboard has no key for 'é'\n")
    let keyboard = try #require(rig.machine.first(I8042.self))
    #expect(!keyboard.state.keyboard.hasOutput && !keyboard.state.isOutputFull)
  }

  @Test func `a text goes on after the machine was saved, and what is held goes along`() throws {
    let rig = try HumanRig(.microvm)
    let keyboard = try #require(rig.machine.first(I8042.self))
    #expect(rig("type ab") == "")
    // The first key is down.
    rig.control.keys.finish()
    func bytes() -> [UInt8] {
      var bytes: [UInt8] = []
      var state = keyboard.state.keyboard
      while let byte = state.next() { bytes.append(byte) }
      return bytes
    }
    // The controller has taken the make code of a.
    #expect(bytes() == [0xf0, 0x1c])
    var polls = 0
    rig.onPoll = {
      polls += 1
      if rig.control.keys.isIdle || polls > 100_000 { rig.control.quit() }
    }
    _ = rig.machine.run()
    #expect(rig.control.keys.isIdle)
  }
}

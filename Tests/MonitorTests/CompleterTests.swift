import Testing

@testable import Monitor

/// Tab.
struct CompleterTests {
  private func words(_ line: String, on board: HumanRig.Board = .microvm) throws -> [String] {
    Completer(try HumanRig(board).monitor).answer(line).words
  }

  @Test func `commands and subjects are completed`() throws {
    #expect(try words("sys") == ["system_powerdown", "system_reset"])
    #expect(try words("info st") == ["status"])
    #expect(try words("help mem") == ["memsave"])
    #expect(try words("") == HumanCommand.all.map(\.name))
    #expect(try words("nix ") == [])
    #expect(try words("info nix ") == [])
    #expect(try words("info registers ") == ["-a"])
    #expect(try words("screendump /tmp/x ") == ["png", "ppm"])
  }

  @Test func `devices, registers, fields and state are completed`() throws {
    #expect(try words("info device ser") == ["serial0", "serial1"])
    #expect(try words("info device vir", on: .integratorcp).count == 8)
    #expect(try words("set serial0.L") == ["LCR"])
    #expect(try words("set serial0.LCR.S") == ["SB", "SP", "STB"])
    #expect(try words("set serial0.LCR.S.") == [])
    #expect(try words("set /") == ["machine"])
    #expect(try words("set /machine/pi") == ["pic", "pit"])
    #expect(try words("set pic/ma") == ["master"])
    #expect(try words("set /machine/pic/master/ic") == ["icw1", "icw2", "icw3", "icw4"])
    #expect(try words("set pit/ch") == ["channels[0]", "channels[1]", "channels[2]"])
    #expect(try words("set pit/channels[1]/ga") == ["gate"])
    #expect(try words("set nix/") == [])
    let answer = Completer(try HumanRig(.microvm).monitor).answer("set pic/ma")
    #expect(answer == Completer.Answer(words: ["master"], replacing: 2, ending: "/"))
  }

  @Test func `keys and log items are completed one by one`() throws {
    #expect(try words("sendkey ctrl-alt-del") == ["delete"])
    #expect(try words("sendkey ctrl-alt-f1").contains("f12"))
    #expect(try words("log int,un") == ["unmapped"])
  }
}

import Testing

@testable import X86

@Suite(.enabled(if: X86CPU.canTranslate, "there is no translator for this host"))
struct `flags that the manual leaves undefined` {
  @Test(arguments: [Operation.shr, .rol, .bt, .and, .rcr])
  func `are asked of the host, and an instruction that leaves others has no host code`(_ operation: Operation) {
    let found = HostFlags.find()
    #expect(Set(Operation.allCases.filter { HostFlags.differs[Int($0.rawValue)] }) == found)
    let disturbed = HostFlags.find { form, flags in
      if form.operation == operation { flags ^= 0x800 }
    }
    #expect(disturbed == found.union([operation]))
  }

  @Test func `do not matter where host code makes them itself`() {
    let disturbed = HostFlags.find { form, flags in
      switch form.operation {
      case .shl, .shr, .sar, .shrd: flags ^= 0x10
      case .shld: flags ^= 0x810
      default: break
      }
    }
    #expect(disturbed == HostFlags.find())
  }

  @Test func `are compared for every instruction whose flags host code takes as they are`() {
    let all: [Operation] = [
      .shl, .shr, .sar, .rol, .ror, .rcl, .rcr, .shld, .shrd, .bt, .bts, .btr, .btc, .and, .or, .xor, .test,
    ]
    let disturbed = HostFlags.find { _, flags in flags ^= 1 }
    #expect(disturbed == Set(all))
  }
}

import Testing

/// Networks as users ask for them.
struct NetworkOptionTests {
  /// The one line that Ferry complains with.
  private func complaint(_ arguments: [String]) throws -> String {
    let result = try CommandLineTests.ferry(["run", "-nographic", "-S"] + arguments)
    #expect(result.status == 2 || result.status == 1)
    return result.errors
  }

  @Test func `what cannot be is said before anything runs`() throws {
    for (arguments, text) in [
      (["-netdev", "user,id=n", "-netdev", "user,id=n"], "-netdev id=n is given twice"),
      (["-nic", "user,model=e1000"], "unknown -nic model \"e1000\""),
      (["-nic", "user,mac=1:2:3"], "mac=1:2:3: expected one interface's address"),
      (["-device", "virtio-net-device,netdev=n"], "there is no netdev called \"n\""),
      (["-object", "filter-dump,id=d,netdev=n,file=/dev/null"], "unknown netdev \"n\""),
      (["-netdev", "socket,id=n,connect=unix:/nowhere/x"], "netdev n: unix:/nowhere/x: No such file or directory"),
      (["-netdev", "user,id=n,tftp=/nowhere"], "netdev n: tftp=/nowhere: No such file or directory"),
      (["-M", "integratorcp", "-nic", "user", "-nic", "user,model=smc91c111"], "has no other smc91c111"),
    ] as [([String], String)] {
      let errors = try complaint(arguments)
      #expect(errors.contains(text), "\(arguments): \(errors)")
    }
  }
}

public import SavedState
public import Snapshots

/// A machine that moves between processes while its guest runs.
extension Machine {
  /// Everything of an offered machine that does not fit this one, the kind of its clock too: one that is made of
  /// instructions would not go on as it did otherwise.
  public func misfits(ofOffer contents: SnapshotContents) -> [String] {
    var reasons = check(contents, from: "there").faults.map(\.description)
    if let clock = SetupNode.load(contents.setup)?.clock, clock != time.mode {
      reasons.append("clock: \(clock.text) there, \(time.mode.text) here")
    }
    return reasons
  }

  /// Makes all memory zero, for one to come.
  public func eraseMemory() {
    for block in allBlocks { block.erase() }
  }

  /// Takes the state of a machine over whose memory was put into this one's blocks; the guest does not run yet.
  ///
  /// - Throws: `LoadError` with everything that does not fit; the devices are as they were.
  public func arrive(_ tree: StateNode) throws(LoadError) {
    let commit = try prepare(tree)
    for block in allBlocks { block.changed(offset: 0, count: block.size) }
    commit()
  }
}

extension ClockMode {
  /// As `-clock` has it.
  var text: String {
    switch self {
    case .host: "host"
    case .instructions(let rate, let paced): "instructions,ips=\(rate)\(paced ? ",sleep=on" : "")"
    case .commanded: "commanded"
    }
  }
}

public import DeviceModel
public import SavedState
public import Snapshots

/// A machine that moves between processes while its guest runs.
extension Machine {
  /// Everything of an offered machine that does not fit this one, the kind of its clock too: one that is made of
  /// instructions would not go on as it did otherwise.
  public func misfits(ofOffer contents: SnapshotContents) -> [String] {
    var reasons = check(contents, from: "there", disks: .handover).faults.map(\.description)
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

/// Disks that both processes can open: one of them uses them.
extension Machine {
  private var disks: [(name: String, disk: any BlockBackend)] {
    var seen: Set<ObjectIdentifier> = []
    return setup.backends.sorted { $0.key < $1.key }.compactMap { name, end in
      guard let disk = end as? any BlockBackend, seen.insert(ObjectIdentifier(disk)).inserted else { return nil }
      return (name, disk)
    }
  }

  /// Those that its devices can write, by the names of those, in order; what the host calls them is its own business.
  public var writableDisks: [(name: String, disk: any BlockBackend)] {
    var seen: Set<ObjectIdentifier> = []
    return placed.compactMap { device in
      guard let name = device.backends["drive"], let disk = setup.backends[name] as? any BlockBackend, !disk.isReadOnly,
        seen.insert(ObjectIdentifier(disk)).inserted
      else { return nil }
      return (device.name, disk)
    }
  }

  /// Why the disks cannot be the other process's after this one: what was written is here alone.
  public var unmovableDisks: [String] {
    disks.filter { $0.disk.overlay == .temporary }.map {
      "drive \($0.name): what its guest has written is gone with this process (snapshot=on); with the capability block it "
        + "is copied"
    }
  }

  /// Writes out what was written, and lets the other process have the disks.
  ///
  /// - Returns: why that failed, for a disk each; then they are all this process's still.
  public func releaseDisks() -> [String] {
    let failures = disks.compactMap { name, disk in
      disk.release() == .done ? nil : "drive \(name): what was written cannot be kept"
    }
    if !failures.isEmpty { _ = acquireDisks() }
    return failures
  }

  /// Takes the disks.
  ///
  /// - Returns: why that failed, for a disk each; then none is this process's.
  public func acquireDisks() -> [String] {
    let failures = disks.compactMap { name, disk in disk.acquire().map { "drive \(name): \($0)" } }
    if !failures.isEmpty { for (_, disk) in disks { _ = disk.release() } }
    return failures
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

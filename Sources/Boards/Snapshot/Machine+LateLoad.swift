public import Snapshots

/// Going on before memory has been read.
extension Machine {
  /// Takes over what is in `file`, or nothing, as `load` does, but for memory: each chunk is read and checked when it
  /// is first touched, and the rest meanwhile by a thread of its own. One that turns out to be damaged stops the
  /// machine when it is touched, in the state `internal-error`.
  ///
  /// - Throws: `SnapshotError` with everything that is damaged around the memory, or else with everything that does
  ///   not fit.
  @discardableResult
  public func loadLate(_ file: SnapshotFile, acceptingChanges: Bool = false) throws(SnapshotError) -> LateLoad {
    let contents = try file.contents()
    let memory = try SnapshotMemory(file)
    let (faults, commit) = check(contents, acceptingChanges: acceptingChanges)
    guard faults.isEmpty, let commit else { throw SnapshotError(file.path, faults) }
    let disks = try stageDisks(file, contents)
    let coming = allBlocks.enumerated().map { $1.fill(from: SnapshotChunks(memory, block: $0)) }
    for disk in disks { disk.commit() }
    commit()
    return LateLoad(coming)
  }
}

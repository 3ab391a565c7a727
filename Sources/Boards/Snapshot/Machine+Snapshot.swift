public import GuestMemory
public import SavedState
public import Snapshots

/// A machine as a snapshot file.
extension Machine {
  /// All blocks of memory, ordered by name: the order of a snapshot's blocks.
  public var allBlocks: [RAMBlock] { ([ram] + blocks.values).sorted { $0.name < $1.name } }

  /// The CPU's model: the one that was asked for, or the board's, or the device model's default.
  var cpuModel: String? {
    setup.cpuModel ?? board.cpuModel
      ?? board.processor?.model.parameters.first { $0.name == "cpu" }?.defaultValue
  }

  /// Everything of the machine but its memory, as its own board or an older version of that has it. It stands still. Its
  /// disks are recognised by what `disks` says.
  ///
  /// - Throws: `SaveError` with everything of the machine that such a board cannot hold.
  public func contents(
    _ notes: SnapshotNotes = SnapshotNotes(), as older: BoardDescription? = nil, disks: DiskMark.Use = .load
  ) throws(SaveError) -> SnapshotContents {
    let board = older ?? board
    let tree = if let older { try save(as: older) } else { try saveAsOwnBoard() }
    var header = SnapshotHeader()
    header.producer = notes.producer
    header.board = board.name
    header.boardVersion = UInt32(clamping: board.version)
    header.wallTime = notes.wallTime
    header.guestTime = clock.now
    header.comment = notes.comment
    header.thumbnail = notes.thumbnail
    header.console = notes.console
    return SnapshotContents(
      header: header, boardText: board.canonicalText, setup: SetupNode.save(self),
      slots: SlotNode.save(self, for: disks),
      tree: tree,
      blocks: allBlocks.map { SnapshotBlock(name: $0.name, size: $0.size, isReadOnly: $0.isReadOnly) })
  }

  /// The same for a file at `path`.
  ///
  /// - Throws: `SnapshotError`.
  func contents(
    _ notes: SnapshotNotes, as older: BoardDescription?, for path: String
  ) throws(SnapshotError) -> SnapshotContents {
    do throws(SaveError) {
      return try contents(notes, as: older)
    } catch {
      throw SnapshotError(path, error.faults.map { SnapshotFault($0.path, "\($0.found) is not \($0.expected)") })
    }
  }

  /// Saves the machine, which stands still until this returns, to a file at `path`: that is there then, or what was
  /// there before. With `older` it is that of an older version of the board. `progress` is told how many bytes of memory are done, and says whether to go on.
  ///
  /// - Returns: the root of the memory, by which a later difference names this file.
  /// - Throws: `SnapshotError`.
  @discardableResult
  public func save(
    to path: String, _ notes: SnapshotNotes = SnapshotNotes(), _ options: SnapshotOptions = SnapshotOptions(),
    as older: BoardDescription? = nil, progress: (Int) -> Bool = { _ in true }
  ) throws(SnapshotError) -> UInt64 {
    let contents = try contents(notes, as: older, for: path)
    var options = options
    options.disks = deltas(withOverlays: options.withOverlays)
    let writer = try SnapshotWriter(path, contents, options)
    try writer.writeAll(from: BlockPages(allBlocks), progress: progress)
    return try writer.finish()
  }

  /// Takes over what is in `file`: all of it, or nothing. First everything is read and checked, the memory too. Disks
  /// must be as they were, unless they may have changed.
  ///
  /// - Throws: `SnapshotError` with everything that is damaged, or else with everything that does not fit.
  public func load(_ file: SnapshotFile, acceptingChanges: Bool = false) throws(SnapshotError) {
    let contents = try file.contents()
    let memory = try SnapshotMemory(file)
    let (faults, commit) = check(contents, acceptingChanges: acceptingChanges)
    guard faults.isEmpty, let commit else { throw SnapshotError(file.path, faults) }
    let disks = try stageDisks(file, contents)
    let staged = try StagedMemory(memory)
    staged.move(to: allBlocks)
    for disk in disks { disk.commit() }
    commit()
  }

  /// Everything of a snapshot that does not fit this machine: board, equipment, memory, disks, and every row of the
  /// state tree that its device would refuse.
  public func misfits(of contents: SnapshotContents) -> [SnapshotFault] { check(contents).faults }

  /// What does not fit, and what takes the tree over when all does. `origin` says where the contents are; disks are
  /// recognised by what `disks` says.
  func check(
    _ contents: SnapshotContents, from origin: String = "in the file", disks: DiskMark.Use = .load,
    acceptingChanges: Bool = false
  ) -> (faults: [SnapshotFault], commit: (() -> Void)?) {
    let slots = SlotNode.load(contents.slots)
    let mine = SlotNode.slots(of: self, for: disks)
    let disks =
      (slots ?? []).isEmpty
      ? []
      : SlotNode.misfits(
        slots ?? [], mine, deltas: contents.disks, acceptingChanges: acceptingChanges)
    let faults = frameMisfits(of: contents, slots: slots, disks, from: origin)
    do throws(LoadError) {
      let commit = try prepare(contents.tree)
      return (
        faults,
        { [self] in
          commit()
          replaceInput(SlotNode.input(of: slots ?? []))
          replaceNetworks(SlotNode.memory(of: slots ?? []))
        }
      )
    } catch {
      let more = error.faults.map { SnapshotFault($0.path, "\($0.found) \(origin), \($0.expected) here") }
      return (Array((faults + more).prefix(2 * Loader.faultLimit)), nil)
    }
  }

  /// What does not fit around the state tree.
  private func frameMisfits(
    of contents: SnapshotContents, slots: [SlotNode.Slot]?, _ disks: [SlotNode.Misfit],
    from origin: String
  ) -> [SnapshotFault] {
    func fault(_ place: String, _ file: String, _ here: String) -> SnapshotFault {
      SnapshotFault(place, "\(file) \(origin), \(here) here")
    }
    var faults: [SnapshotFault] = []
    do throws(SnapshotError) {
      // The text as this program would write it: an older one may have written less.
      let theirs = try contents.machine(file: "").board.canonicalText
      let all = BoardLines(theirs)?.differences(to: BoardLines(board.canonicalText)) ?? []
      let others = all.filter { $0.path == "board" || $0.path == "version" }
      // Of another board everything differs.
      for found in others.isEmpty ? all : others {
        faults.append(fault("board \(found.path)", found.mine, found.theirs))
      }
      for found in SetupNode.misfits(contents.setup, SetupNode.save(self)) {
        faults.append(fault(found.path, found.file, found.here))
      }
    } catch {
      faults += error.faults
    }
    if let slots {
      for found in disks {
        let advice = found.advice.isEmpty ? "" : "; \(found.advice)"
        faults.append(
          SnapshotFault(found.path, "\(found.file) \(origin), \(found.here) here\(advice)"))
      }
      for slot in slots {
        guard let reason = refusal(ofNetwork: slot.memory, at: slot.device) else { continue }
        faults.append(SnapshotFault("\(slot.kind) \(slot.name) of \(slot.device)", "\(origin): \(reason)"))
      }
    } else {
      faults.append(SnapshotFault("section slots", "does not list host resources"))
    }
    let mine = allBlocks
    for block in contents.blocks {
      let here = mine.first { $0.name == block.name }
      guard here?.size != block.size || here?.isReadOnly != block.isReadOnly else { continue }
      func text(_ size: Int?, _ isReadOnly: Bool) -> String {
        size.map { "\(SizeText.show(UInt64($0)))\(isReadOnly ? " of ROM" : "")" } ?? "nothing"
      }
      faults.append(
        fault("memory \(block.name)", text(block.size, block.isReadOnly), text(here?.size, here?.isReadOnly ?? false)))
    }
    for block in mine where contents.block(block.name) == nil {
      faults.append(fault("memory \(block.name)", "nothing", SizeText.show(UInt64(block.size))))
    }
    return Array(faults.prefix(Loader.faultLimit))
  }
}

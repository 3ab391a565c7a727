import DeviceModel
public import SavedState

/// The machine as a tree: every device, CPU and the time.
extension Machine {
  /// The nodes of the machine itself, beside those of its devices.
  static let ownNodes = [ClockState.table.name, TurnState.table.name]
  static let path = StatePath().appending(.name("machine"))

  /// The tree of the machine as it is. RAM is not in it. `progress` is told of each device that has been saved.
  public func save(progress: (_ device: String) -> Void = { _ in }) -> StateNode {
    var root = StateNode("machine")
    for entry in devices {
      root.add(entry.device.node(named: entry.name))
      progress(entry.name)
    }
    root.add(ClockState.table.save(ClockState(now: min(time.now, ClockState.limit), epoch: epoch), as: "clock"))
    root.add(TurnState.table.save(cpuSet.turn, as: "turn"))
    return root
  }

  /// The tree as the machine's own board version has it: as every Ferry knows it that knows this version of the board.
  ///
  /// - Throws: `SaveError` with everything of the machine that such a board cannot hold.
  public func saveAsOwnBoard(progress: (_ device: String) -> Void = { _ in }) throws(SaveError) -> StateNode {
    isNewest ? save(progress: progress) : try save(as: board, progress: progress)
  }

  /// Whether each of the board's devices has all rows of its table: then nothing is to be lowered, which takes longer
  /// than saving.
  func hasAllRows() -> Bool {
    devices.allSatisfy { type(of: $0.device).anyTable.isWhole }
      && board.devices.allSatisfy { described in
        Catalogue.model(described.model).map(Catalogue.version) == described.version
      }
  }

  /// The tree as the machine's own board version has it, or an older one's: each device in the version that `board`
  /// gives its model.
  ///
  /// - Throws: `SaveError` with everything of the machine that such a board cannot hold.
  public func save(
    as board: BoardDescription, progress: (_ device: String) -> Void = { _ in }
  ) throws(SaveError) -> StateNode {
    try board.lower(save(progress: progress))
  }

  /// Takes over `tree`: all of it, or nothing when anything does not fit.
  ///
  /// - Throws: `LoadError` with everything that does not fit.
  public func load(_ tree: StateNode) throws(LoadError) { try prepare(tree)() }

  /// Checks `tree`, and gives what takes it over; nothing has changed before that is called.
  func prepare(_ tree: StateNode) throws(LoadError) -> () -> Void {
    var faults: [StateFault] = []
    var commits: [() -> Void] = []
    let known = Set(devices.map(\.name) + Self.ownNodes)
    for child in tree.children where !known.contains(child.name) {
      let path = Self.path.appending(.name(child.name)).description
      faults.append(StateFault(.model, path: path, found: "model \(child.model)", expected: "no such device"))
    }
    func node(_ name: String, _ model: String) -> StateNode? {
      if let node = tree[child: name] { return node }
      let path = Self.path.appending(.name(name)).description
      faults.append(StateFault(.model, path: path, found: "nothing", expected: "model \(model)"))
      return nil
    }
    for entry in devices {
      guard let node = node(entry.name, type(of: entry.device).model.name) else { continue }
      do throws(LoadError) {
        commits.append(try entry.device.prepare(node, below: Self.path))
      } catch {
        faults += error.faults
      }
    }
    if let node = node("clock", ClockState.table.name) {
      do throws(LoadError) {
        let loaded = try ClockState.table.load(node, over: ClockState(), below: Self.path)
        commits.append { [self] in
          time.set(loaded.now)
          epoch = loaded.epoch
          for site in sites { site.epoch = loaded.epoch }
        }
      } catch {
        faults += error.faults
      }
    }
    if let node = node("turn", TurnState.table.name) {
      do throws(LoadError) {
        let loaded = try TurnState.table.load(node, over: TurnState(), below: Self.path)
        if Int(loaded.cpu) < cpus.count {
          commits.append { [cpuSet] in cpuSet.turn = loaded }
        } else {
          let path = Self.path.appending(.name("turn")).appending(.name("cpu")).description
          faults.append(
            StateFault(.range, path: path, found: "\(loaded.cpu)", expected: "a CPU: 0...\(cpus.count - 1)"))
        }
      } catch {
        faults += error.faults
      }
    }
    guard faults.isEmpty else { throw LoadError(faults) }
    return { [self] in
      let gates = inputs.sorted { ($0.key.device, $0.key.input) < ($1.key.device, $1.key.input) }.map(\.value)
      for gate in gates { gate.hold() }
      for commit in commits { commit() }
      // What the machine that was here was about to do is not for this one.
      if case .end? = request {} else { request = nil }
      resetWaits = false
      steps = nil
      window?.update()
      for entry in devices { entry.device.settle() }
      for gate in gates { gate.release() }
    }
  }
}

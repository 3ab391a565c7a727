import SavedState
public import Snapshots

/// A machine out of a snapshot, without any options.
extension SnapshotContents {
  /// The board, and how it is to be equipped; host resources are still to be put into the setup. `file` is where it
  /// comes from, for messages.
  ///
  /// - Throws: `SnapshotError` when the file holds no board in its canonical form.
  public func machine(file: String) throws(SnapshotError) -> (board: BoardDescription, setup: MachineSetup) {
    func refusal(_ place: String, _ problem: String) -> SnapshotError {
      SnapshotError(file, [SnapshotFault(place, problem)])
    }
    guard BoardLines(boardText) != nil else { throw refusal("section board", "is no canonical text of a board") }
    let board: BoardDescription
    do throws(BoardError) {
      let boards = try BoardReader(boardText, file: "\(file) (board)").versions()
      board = boards[0]
    } catch {
      throw refusal("section board", "\(error)")
    }
    guard let setup = SetupNode.load(setup) else {
      throw refusal("section setup", "does not say how a board is equipped")
    }
    return (board, setup)
  }

  /// The host resources that the machine had: their names, what they were to which device, and whether they were
  /// there.
  public var resources: [(name: String, kind: String, device: String, isPresent: Bool)] {
    (SlotNode.load(slots) ?? []).map { ($0.name, $0.kind, $0.device, $0.isPresent) }
  }
}

import DeviceModel
import SavedState

extension Device {
  /// This device's node in the state tree.
  func node(named name: String) -> StateNode { State.table.save(state, as: name) }

  /// Reads `node`, and gives what takes it over; nothing has changed before that is called.
  func prepare(_ node: StateNode, below parent: StatePath) throws(LoadError) -> () -> Void {
    let loaded = try State.table.load(node, over: state, below: parent)
    return { self.state = loaded }
  }
}

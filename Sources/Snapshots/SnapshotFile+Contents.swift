import SavedState

/// Everything but memory.
extension SnapshotFile {
  /// Reads and checks all sections but those of memory.
  ///
  /// - Throws: `SnapshotError` with everything that is damaged.
  public func contents() throws(SnapshotError) -> SnapshotContents {
    var faults: [SnapshotFault] = []
    func bytes(_ section: SnapshotSection?) -> [UInt8]? {
      guard let section else { return nil }
      do throws(SnapshotFault) {
        return try read(section)
      } catch {
        faults.append(error)
        return nil
      }
    }
    func node(_ section: SnapshotSection?) -> StateNode? {
      guard let section, let bytes = bytes(section) else { return nil }
      do throws(StateDecodingError) {
        return try StateNode(der: bytes)
      } catch {
        faults.append(SnapshotFault(section.place, "\(error)"))
        return nil
      }
    }

    var text: String?
    if let bytes = bytes(section(.board)) {
      text = String(validating: bytes, as: UTF8.self)
      if text == nil { faults.append(SnapshotFault("section board", "is no UTF-8")) }
    }
    let setup = node(section(.setup))
    let slots = node(section(.slots))
    var root: StateNode?
    for section in sections where section.kind == .node {
      guard let node = node(section) else { continue }
      if let parent = root {
        let child = StatePath([.name(parent.name), .name(node.name)]).description
        if section.name == child {
          root?.add(node)
        } else {
          faults.append(SnapshotFault(section.place, "holds \(child)"))
        }
      } else if section.name == "/\(node.name)", node.children.isEmpty {
        root = node
      } else {
        faults.append(SnapshotFault(section.place, "is no root of the tree"))
      }
    }
    guard faults.isEmpty, let text, let setup, let slots, let root else { throw SnapshotError(path, faults) }
    return SnapshotContents(
      header: header, boardText: text, setup: setup, slots: slots, tree: root, blocks: blocks,
      disks: sections.filter { $0.kind == .disk }.map(\.name))
  }
}

import Boards
import DeviceModel
import SavedState
import SnapshotSample
import Snapshots

/// Loads snapshots of whole machines whose nodes somebody has changed, with all checksums right. What a machine takes it
/// runs, saves and loads again.
final class MachineFuzzer {
  private final class Host: HostEvents {
    var monotonic: Int64 = 0
    var isCongested: Bool { false }
    func poll(timeout: Int64?) { monotonic += timeout ?? 1_000_000 }
  }

  /// A snapshot and the machine that it makes.
  private struct Original {
    let bytes: [UInt8]
    let contents: SnapshotContents
    /// The numbers of the sections of nodes, setup and slots in the directory, by name.
    let sections: [(index: Int, name: String)]
    let machine: Machine
  }

  private var mutator: TreeMutator
  private var originals: [Original] = []
  private let scratch: ScratchFile
  /// What became of the mutants, by words.
  private(set) var counts: [String: Int] = [:]
  /// What should not have happened.
  private(set) var failures: [String: String] = [:]

  init(_ paths: [String], seed: UInt64, scratch: ScratchFile) throws {
    mutator = TreeMutator(random: SplitMix64(seed: seed ^ 0x5eed))
    self.scratch = scratch
    for path in paths {
      let file = try SnapshotFile(path)
      let contents = try file.contents()
      let (board, setup) = try contents.machine(file: path)
      let machine = try MachineBuilder(board: board, setup: setup, host: Host()).build()
      try machine.load(file)
      let sections = file.sections.enumerated().filter { [.node, .setup, .slots].contains($0.element.kind) }
        .map { (index: $0.offset, name: $0.element.name) }
      originals.append(
        Original(bytes: ScratchFile.read(path), contents: contents, sections: sections, machine: machine))
    }
  }

  private func count(_ what: String) { counts[what, default: 0] += 1 }

  /// One mutant.
  func step() {
    let original = originals[mutator.below(originals.count)]
    let machine = original.machine
    // All of a file once in a while; its memory takes most of the time, and is changed elsewhere.
    let isLoaded = mutator.below(64) == 0 ? loadFile(original) : loadTree(original)
    guard isLoaded else { return }
    count("loaded, run and saved")
    _ = machine.run(instructions: 40)
    let tree = machine.save()
    do throws(LoadError) {
      try machine.load(tree)
      if machine.save() != tree { note("is not what it has loaded: \(machine.save().differences(to: tree)[0].path)") }
    } catch {
      for fault in error.faults { note("does not take what it has saved: \(fault)") }
    }
  }

  /// Keeps what should not have happened, one of each kind.
  private func note(_ what: String) {
    let kind = String(what.prefix { !$0.isNumber })
    if failures[kind] == nil { failures[kind] = "a machine " + what }
  }

  private func loadTree(_ original: Original) -> Bool {
    var tree = original.contents.tree
    for _ in 0...mutator.below(3) {
      let name = tree.children[mutator.below(tree.children.count)].name
      guard var node = tree[child: name] else { continue }
      mutator.mutate(&node)
      var bytes = node.der()
      if mutator.below(4) == 0 { mutator.splice(&bytes) }
      do throws(StateDecodingError) {
        tree[child: name] = try StateNode(der: bytes)
      } catch {
        count("refused as DER")
        return false
      }
    }
    switch mutator.below(40) {
    case 0: tree[child: tree.children[mutator.below(tree.children.count)].name] = nil
    case 1: tree.add(StateNode("stranger", model: "i8259"))
    default: break
    }
    do throws(LoadError) {
      try original.machine.load(tree)
      return true
    } catch {
      count("refused by devices")
      return false
    }
  }

  private func loadFile(_ original: Original) -> Bool {
    var bodies: [Int: [UInt8]] = [:]
    for _ in 0...mutator.below(3) {
      let (index, name) = original.sections[mutator.below(original.sections.count)]
      var node = original.contents.tree[child: String(name.split(separator: "/").last ?? "")]
      if name.isEmpty { node = mutator.below(2) == 0 ? original.contents.setup : original.contents.slots }
      guard var node else { continue }
      mutator.mutate(&node)
      var bytes = node.der()
      if mutator.below(4) == 0 { mutator.splice(&bytes) }
      bodies[index] = bytes
    }
    if mutator.below(8) == 0 {
      var text = Array(original.contents.boardText.utf8)
      mutator.splice(&text)
      bodies[0] = text
    }
    var forged = ForgedSnapshot(original.bytes)
    forged.replace(bodies)
    forged.seal()
    scratch.write(forged.bytes)
    do throws(SnapshotError) {
      try original.machine.load(try SnapshotFile(scratch.path))
      count("whole files loaded")
      return true
    } catch {
      guard !error.faults.isEmpty else { SnapshotRunner.fail("an error that says nothing\n") }
      count("whole files refused")
      return false
    }
  }
}

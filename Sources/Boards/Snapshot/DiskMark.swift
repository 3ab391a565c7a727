import DeviceModel
import SavedState
import Snapshots

/// What a saved or offered machine's disk is recognised by; what is nil was not said.
public struct DiskMark: Equatable, Sendable {
  /// Who will use the disk.
  public enum Use: Sendable {
    /// A machine that goes on with it later: it shall not have changed.
    case load
    /// A machine that is handed over together with its disks. The file of one that its guest writes changes until then,
    /// and stays the same file.
    case handover
    /// A machine whose disks are copied: only their sizes count, and what those begin with that its guest cannot write, which
    /// are not.
    case copy
  }

  /// When the image was changed last, in nanoseconds since 1970.
  var changed: Int64?
  /// XXH64 of its first bytes.
  var sum: UInt64?
  /// What an overlay has over it.
  var position: UInt64?
  /// The number of the file that is written.
  var file: UInt64?

  /// Nothing is known.
  init() {}

  init(_ disk: any BlockBackend, for use: Use) {
    guard use != .copy || disk.isReadOnly, let identity = disk.identity() else { return }
    if use == .copy {
      sum = identity.sum
    } else if use == .handover, !disk.isReadOnly {
      file = identity.file
    } else {
      changed = identity.changed
      sum = identity.sum
      position = identity.position
    }
  }

  /// Nil when `group` says it in another form.
  init?(_ group: StateGroup) {
    func number<T: FixedWidthInteger>(_ name: String) -> T?? {
      guard let value = group[name] else { return .some(nil) }
      guard case .integer(let number) = value, let exact = T(exactly: number) else { return nil }
      return .some(exact)
    }
    guard let changed: Int64? = number("changed"), let sum: UInt64? = number("sum"),
      let position: UInt64? = number("position"), let file: UInt64? = number("file")
    else { return nil }
    (self.changed, self.sum, self.position, self.file) = (changed, sum, position, file)
  }

  func save(to group: inout StateGroup) {
    if let changed { group["changed"] = .integer(Int128(changed)) }
    if let sum { group["sum"] = .integer(Int128(sum)) }
    if let position { group["position"] = .integer(Int128(position)) }
    if let file { group["file"] = .integer(Int128(file)) }
  }

  /// Where a disk with the mark `here` is another, in words, and what can be done.
  func difference(to here: DiskMark) -> (file: String, here: String, advice: String)? {
    var mine: [String] = []
    var theirs: [String] = []
    func compare<T: Equatable>(_ key: KeyPath<DiskMark, T?>, _ text: (T) -> String) {
      // A kind of disk that cannot tell, or a file that does not, is believed.
      guard let then = self[keyPath: key], let now = here[keyPath: key], then != now else { return }
      mine.append(text(then))
      theirs.append(text(now))
    }
    compare(\.changed) { "written last at \(Self.time($0))" }
    compare(\.sum) { "beginning with \(Self.hex($0))" }
    compare(\.position) { $0 == 0 ? "nothing over it" : "an overlay at \(Self.hex($0))" }
    compare(\.file) { "file \($0)" }
    guard !mine.isEmpty else { return nil }
    let advice =
      file == nil
      ? here.position == 0 && position ?? 0 != 0
        ? "what was over it may be in the file: snapshot=on, or overlay=FILE, has a place for it"
        : "changed=accept in -drive, or -changed-disks of loadvm, takes it as it is; snapshot=on keeps an image as it was"
      : "a disk is handed over in one file, unless the capability block copies it; changed=accept in -drive takes another"
    return ("an image " + mine.joined(separator: ", "), theirs.joined(separator: ", "), advice)
  }

  private static func time(_ value: Int64) -> String {
    let rest = String(value % 1_000_000_000 + 1_000_000_000).dropFirst()
    return "\(SnapshotSeries.text(value)).\(rest)"
  }

  private static func hex(_ value: UInt64) -> String { String(value, radix: 16) }
}

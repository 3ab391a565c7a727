import Glibc

/// Descriptors of one call of poll(2) that somebody chooses anew each time.
struct PolledDescriptors {
  private(set) var entries: [pollfd] = []
  /// Whether the call has failed.
  var hasFailed = false

  /// Adds one; its number.
  mutating func add(_ descriptor: Int32, _ events: Int32) -> Int {
    entries.append(pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0))
    return entries.count - 1
  }

  /// What has happened to number `index`; nothing to one that was not added.
  func happened(_ index: Int) -> Int32 { entries.indices.contains(index) ? Int32(entries[index].revents) : 0 }

  /// Takes over what the call has found.
  mutating func take(_ found: ArraySlice<pollfd>) { entries = Array(found) }
}

/// What a source keeps of a migration whose connection broke when the guest ran at the destination, or may have run there,
/// without all of its memory.
struct BrokenDeparture: Sendable {
  let blocks: [any PageStore]
  let used: Set<MigrationCapability>
  /// Whether it is known that the guest runs there.
  let verdict: Verdict
}

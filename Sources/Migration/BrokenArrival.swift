/// What a destination keeps of a migration whose connection broke when the guest ran here without all of its memory.
struct BrokenArrival: Sendable {
  let id: MigrationID
  let blocks: [any PageStore]
  let memory: LateMemory
}

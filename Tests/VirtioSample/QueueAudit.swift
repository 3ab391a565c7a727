public import DeviceModel
import GuestMemory
public import SavedState
public import Virtio

/// What is wrong with a device that a hostile driver drives while it is saved and loaded at random moments, told by a
/// twin that is left alone; empty when both have done the same to memory, interrupts and state.
///
/// - Parameters:
///   - backends: makes a site's host resources, equal ones each time.
///   - request: what a request to the device may look like.
///   - event: what may happen at the host.
public func auditQueues<D: VirtioDevice>(
  of _: D.Type, seed: UInt64, steps: Int = 4000, parameters: [String: String] = [:],
  backends: () -> [String: any HostSide] = { [:] }, request: @escaping (inout SplitMix64) -> [UInt8],
  event: @escaping (D, inout SplitMix64) -> Void = { _, _ in }
) throws -> [String] {
  let parameters = parameters.merging(["packed": "on"]) { first, _ in first }
  let table = D.State.table
  var random = SplitMix64(seed: seed)
  let drivers = try (0..<2).map { _ in
    HostileDriver(
      try VirtioDriver<D>(parameters: parameters, backends: backends()), request: request, event: event)
  }
  let (resident, moved) = (drivers[0], drivers[1])
  for step in 0..<steps {
    if random.next() % 16 == 0 {
      do { try moved.driver.move(&random) } catch { return ["step \(step) from seed \(seed): \(error)"] }
    }
    var same = random
    resident.step(&random)
    moved.step(&same)
    let place = "\(D.model.name): step \(step) from seed \(seed)"
    if resident.driver.desk.level("irq") != moved.driver.desk.level("irq") {
      return ["\(place): the interrupt differs"]
    }
    let differences = table.save(resident.driver.device.state).differences(
      to: table.save(moved.driver.device.state))
    if !differences.isEmpty { return differences.map { "\(place): \($0)" } }
    if step % 512 == 0 || step == steps - 1 {
      let (a, b) = (resident.driver, moved.driver)
      if a.memory.bytes(0, count: a.ram.size) != b.memory.bytes(0, count: b.ram.size) {
        return ["\(place): memory differs"]
      }
      for (name, block) in a.blocks where !equal(block, b.blocks[name]) { return ["\(place): \(name) differs"] }
    }
  }
  return []
}

/// Whether two blocks hold the same; only what has been touched of them is looked at.
private func equal(_ a: RAMBlock, _ b: RAMBlock?) -> Bool {
  guard let b, a.size == b.size else { return false }
  var at = 0
  while true {
    let (mine, theirs) = (a.backed(from: at), b.backed(from: at))
    let start = min(mine.isEmpty ? a.size : mine.lowerBound, theirs.isEmpty ? a.size : theirs.lowerBound)
    guard start < a.size else { return true }
    let count = min(RAMBlock.pageSize, a.size - start)
    guard let left = a.readable(start, count: count), let right = b.readable(start, count: count) else { return false }
    guard (0..<count).allSatisfy({ (left + $0).load(as: UInt8.self) == (right + $0).load(as: UInt8.self) }) else {
      return false
    }
    at = start + count
  }
}

public import DeviceModel
import GuestMemory
public import SavedState

/// What is wrong with a device and its tables, in words; empty when all is well. `device` is fresh from its
/// initialiser, with host-side things that may be disturbed; `any Device` can be given, too.
///
/// - Parameters:
///   - kept: paths of saved rows that a reset leaves alone because a battery keeps them, without the model's name
///     in front, as `cmos` or `clock/seconds`.
///   - accesses: how many random bus accesses are made.
public func audit<D: Device>(_ device: D, kept: Set<String> = [], seed: UInt64 = 1, accesses: Int = 5000) -> [String] {
  var faults = auditState(D.State.self, seed: seed) + auditOwner(device)
  if D.State.table.name != D.model.name {
    faults.append("\(D.model.name): its table is called \(D.State.table.name)")
  }
  guard faults.isEmpty else { return faults }
  let fresh = device.state
  faults += auditRegisters(device)
  faults += auditAccesses(device, seed: seed, count: accesses)
  faults += auditReset(device, to: fresh, kept: kept)
  faults += auditSettle(device, seed: seed)
  faults += auditReset(device, to: fresh, kept: kept)
  return faults
}

/// A device holds its state and things of the host, nothing between.
public func auditOwner<D: Device>(_ device: D) -> [String] {
  var faults: [String] = []
  var mirror: Mirror? = Mirror(reflecting: device)
  var hasState = false
  while let here = mirror {
    for child in here.children {
      if child.label == "state", child.value is D.State {
        hasState = true
      } else if !(child.value is any HostSide), !"\(type(of: child.value))".contains("->") {
        // Closures are callbacks of the host: they have no value that could be lost.
        faults.append("\(D.model.name): \(child.label ?? "?") is neither state nor host-side")
      }
    }
    mirror = here.superclassMirror
  }
  if !hasState { faults.append("\(D.model.name): state is not stored") }
  return faults
}

/// `settle()` restores every derived row, from whatever values they had, and has nothing more to do when called again.
public func auditSettle<D: Device>(_ device: D, seed: UInt64 = 1, rounds: Int = 20) -> [String] {
  let table = D.State.table
  var random = SplitMix64(seed: seed)
  var faults: Set<String> = []
  for _ in 0..<rounds {
    let drawn = table.drawn(from: device.state, &random)
    do {
      device.state = try table.load(table.save(drawn), over: device.state)
    } catch {
      return ["\(table.name): \(error)"]
    }
    device.settle()
    let settled = device.state
    device.settle()
    for difference in table.show(settled).differences(to: table.show(device.state)) {
      faults.insert("\(difference.path) is changed by a second settle()")
    }
    device.state = settled
    table.scrambleDerived(&device.state, using: &random)
    device.settle()
    for difference in table.show(settled).differences(to: table.show(device.state)) {
      faults.insert("\(difference.path) is not restored by settle()")
    }
  }
  return faults.sorted()
}

/// After `reset()` everything saved is as in `fresh`, but for what a battery keeps.
public func auditReset<D: Device>(_ device: D, to fresh: D.State, kept: Set<String> = []) -> [String] {
  let table = D.State.table
  device.reset()
  return table.save(fresh).differences(to: table.save(device.state)).compactMap { difference in
    let path = difference.path.steps.dropFirst()
    let isKept = path.indices.contains { end in
      let text = StatePath(Array(path[...end])).description.dropFirst()
      return kept.contains(String(text.prefix { $0 != "[" }))
    }
    return isKept ? nil : "after a reset \(difference)"
  }
}

/// Whatever a guest does at the device's addresses, it can be saved and loaded afterwards.
public func auditAccesses<D: Device>(_ device: D, seed: UInt64 = 1, count: Int = 5000) -> [String] {
  let table = D.State.table
  let regions = D.model.regions
  guard !regions.isEmpty else { return [] }
  var random = SplitMix64(seed: seed)
  for access in 0..<count {
    let index = Int(random.next() % UInt64(regions.count))
    randomAccess(device, regions[index], index, &random)
    guard access % 50 == 49 else { continue }
    let tree = table.save(device.state)
    do {
      let loaded = try table.load(tree, over: device.state)
      let lost = tree.differences(to: table.save(loaded))
      if !lost.isEmpty { return lost.map { "after \(access + 1) random accesses a load changes \($0)" } }
    } catch {
      return ["after \(access + 1) random accesses (seed \(seed)) the state does not load: \(error)"]
    }
  }
  return []
}

/// One access that a guest might make; what was read.
@discardableResult
public func randomAccess<D: Device>(_ device: D, _ region: RegionModel, _ index: Int, _ random: inout SplitMix64)
  -> UInt64
{
  let widths = [1, 2, 4, 8].filter { region.widths.contains($0) && UInt64($0) <= region.size }
  guard let width = widths.randomElement(using: &random) else { return 0 }
  // Most registers lie at the start of large regions.
  let reach = random.next() & 3 == 0 ? region.size : min(region.size, 64)
  let offset = random.next() % (reach - UInt64(width) + 1) & ~UInt64(width - 1)
  let mask = width == 8 ? UInt64.max : 1 << UInt64(width * 8) - 1
  if random.next() & 1 == 0 { return device.busRead(offset, width: width, region: index) & mask }
  let value = random.next() & 1 == 0 ? random.next() : random.next() & 0xff
  device.busWrite(value & mask, offset, width: width, region: index)
  return 0
}

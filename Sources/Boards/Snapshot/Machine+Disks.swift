import DeviceModel
import Snapshots

/// What disks have over their images, in snapshots.
extension Machine {
  /// The disk of each device that has one.
  private var disksByDevice: [(device: String, disk: any BlockBackend)] {
    placed.compactMap { device in
      guard let name = device.backends["drive"], let disk = setup.backends[name] as? any BlockBackend else {
        return nil
      }
      return (device.name, disk)
    }
  }

  /// What the file has to hold of disks: overlays that would be gone with the process, or all of them. Empty ones need
  /// nothing.
  func deltas(withOverlays: Bool) -> [String: any DeltaSource] {
    var found: [String: any DeltaSource] = [:]
    for (device, disk) in disksByDevice
    where disk.overlay == .temporary || disk.overlay == .named && withOverlays {
      guard disk.identity()?.position != 0, let delta = disk.freeze() else { continue }
      found[device] = DeltaReader(delta)
    }
    return found
  }

  /// Reads and checks what `file` holds of disks, beside what they have now; they have it when all of the result is
  /// committed. Also those are there that had nothing over their images.
  ///
  /// - Throws: `SnapshotError` when it is damaged, or the host has no room.
  func stageDisks(_ file: SnapshotFile, _ contents: SnapshotContents) throws(SnapshotError) -> [any StagedDelta] {
    var deltas: [String: SnapshotDelta] = [:]
    for delta in try file.deltas() { deltas[delta.name] = delta }
    let slots = SlotNode.load(contents.slots) ?? []
    if let name = deltas.keys.first(where: { name in !slots.contains { $0.device == name && $0.mark.position != nil } })
    {
      throw SnapshotError(
        file.path, [SnapshotFault("disk \(name)", "no slot says when a disk had that over its image")])
    }
    var staged: [any StagedDelta] = []
    var seen: Set<ObjectIdentifier> = []
    for slot in slots {
      guard let position = slot.mark.position,
        let disk = disksByDevice.first(where: { $0.device == slot.device })?.disk, disk.overlay != .none,
        disk.identity()?.position != position, seen.insert(ObjectIdentifier(disk)).inserted
      else { continue }
      let delta = deltas[slot.device]
      guard delta != nil || position == 0 && disk.overlay == .temporary else { continue }
      func refusal(_ problem: String) -> SnapshotError {
        SnapshotError(file.path, [SnapshotFault("drive \(slot.name) of \(slot.device)", problem)])
      }
      guard delta.map({ Int64($0.size) == disk.size }) ?? true else { throw refusal("is of another size") }
      guard let place = disk.stage(position: position) else {
        throw refusal("there is no room for what it had over its image")
      }
      if let delta { try Self.fill(place, delta, file, refusal) }
      guard place.prepare() == .done else { throw refusal("what it had over its image cannot be written") }
      staged.append(place)
    }
    return staged
  }

  private static func fill(
    _ place: any StagedDelta, _ delta: SnapshotDelta, _ file: SnapshotFile, _ refusal: (String) -> SnapshotError
  ) throws(SnapshotError) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SnapshotFormat.chunkSize, alignment: SnapshotFormat.pageSize)
    defer { chunk.deallocate() }
    for index in delta.chunks {
      do throws(SnapshotFault) {
        try delta.read(chunk: index, into: chunk)
      } catch {
        throw SnapshotError(file.path, [error])
      }
      let result = place.put(
        chunk: index, blocks: delta.blocks(ofChunk: index), from: UnsafeRawBufferPointer(chunk))
      guard result == .done else { throw refusal("what it had over its image cannot be written: \(result)") }
    }
  }
}

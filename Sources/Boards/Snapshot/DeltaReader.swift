import DeviceModel
import Snapshots

/// What a disk has over its image, as a snapshot's writer reads it.
final class DeltaReader: DeltaSource {
  private let delta: any DiskDelta

  init(_ delta: any DiskDelta) { self.delta = delta }

  var size: Int { Int(delta.size) }

  func blocks(ofChunk index: Int) -> UInt16 { delta.blocks(ofChunk: index) }

  func read(chunk index: Int, into target: UnsafeMutableRawBufferPointer) throws(SnapshotFault) {
    let result = delta.read(chunk: index, into: target)
    guard result == .done else { throw SnapshotFault("disk", "what is over its image cannot be read: \(result)") }
  }
}

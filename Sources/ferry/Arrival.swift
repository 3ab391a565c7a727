import Boards
import DeviceModel
import Host
import Migration
import Snapshots

/// `-incoming URI`: a run that goes on with a machine that comes from another process.
final class Arrival {
  /// What waits for it.
  let destination: Destination
  /// The board that was offered, when the options name none.
  private(set) var saved: SavedBoard?

  /// Waits at `address`, which `-incoming` says. Where the board is not named it waits for an offer, too.
  ///
  /// - Throws: what the place, or the options, have wrong.
  init(at address: MigrationAddress, _ security: MigrationSecurity, _ options: RunOptions, _ poller: Poller) throws {
    do throws(MigrationError) {
      destination = try Destination(at: address, poller: poller, security: security, fault: options.migrationFault) {
        offer in
        Self.reasons(offer, options)
      }
    } catch {
      throw HostError("-incoming: \(error)")
    }
    guard address != .later, !options.namesBoard else { return }
    destination.note = { StandardError.write("ferry: \($0)\n") }
    while destination.accepted == nil {
      poller.poll(timeout: nil)
      if let number = Signals.pending { ExitStatus.end(.signal(number)) }
    }
    saved = try destination.accepted.map { offer throws(SnapshotError) in
      try SavedBoard(offer.contents, from: "the offer")
    }
  }

  /// Everything of an offer that this process cannot provide, found out with a machine of its own.
  private static func reasons(_ offer: Offer, _ options: RunOptions) -> [String] {
    do {
      let saved = try SavedBoard(offer.contents, from: "the offer")
      var setup = MachineSetup()
      saved.equip(&setup, options)
      let room = HostFile.physicalMemory
      if let memory = setup.memory, memory > room {
        return ["memory: \(memory >> 20) MiB there, and this host has \(room >> 20) MiB"]
      }
      setup.backends = try Drives.open(options.drives, on: saved.board, isWaiting: true)
      try saved.rebind(&setup, options) { _, _ in NullBackend() }
      let networks = Networks(poller: Poller())
      saved.complete(&setup, network: networks.makeNothing) { _ in }
      let machine = try MachineBuilder(board: saved.board, setup: setup, host: IdleHost()).build()
      return machine.misfits(ofOffer: offer.contents)
    } catch {
      return "\(error)".split(separator: "\n").map(String.init)
    }
  }
}

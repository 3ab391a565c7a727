import Migration

/// `info migrate` and its relatives.
extension HumanMonitor {
  var migrationText: String {
    guard let migrator = control.migrator else { return "No migration has been started\n" }
    let progress = migrator.progress
    guard progress.status != .none else { return "No migration has been started\n" }
    func line(_ name: String, _ value: String) -> String { "\(name): \(value)\n" }
    func time(_ nanoseconds: Int64) -> String {
      nanoseconds < 10_000_000 ? "\(nanoseconds / 1000) us" : "\(nanoseconds / 1_000_000) ms"
    }
    func kibibytes(_ bytes: UInt64) -> String { "\(bytes >> 10) KiB" }
    var text = line("Migration status", progress.status.rawValue + (progress.isIncoming ? " (incoming)" : ""))
    if migrator.wasCheck { text += line("only a check", progress.error == nil ? "everything fits" : "it does not fit") }
    for reason in progress.error?.reasons ?? [] { text += line("error", reason) }
    if progress.isUnresolved { text += line("unresolved", "migrate_resolve here, or migrate_resolve there") }
    text += line("total time", time(progress.totalTime))
    guard progress.memory > 0, !migrator.wasCheck else { return text }
    text += line("setup", time(progress.setupTime))
    text += line("rounds", "\(progress.rounds)")
    text += line("total ram", kibibytes(progress.memory))
    text += line("transferred ram", kibibytes(progress.transferred))
    text += line("remaining ram", kibibytes(progress.remaining))
    let pages = progress.pages
    text += line("normal pages", "\(pages.plain)")
    text += line("zero pages", "\(pages.zero)")
    if pages.again > 0 {
      text += line("xbzrle pages", "\(pages.difference)")
      text += line("xbzrle transferred", kibibytes(pages.differenceBytes))
      text += line("xbzrle cache miss", "\(pages.missed)")
      text += line("xbzrle overflow", "\(pages.overflowed)")
    }
    if pages.unpackedBytes > 0 {
      text += line("compressed", "\(kibibytes(pages.unpackedBytes)) to \(kibibytes(pages.packedBytes))")
    }
    if progress.requests > 0 { text += line("postcopy requests", "\(progress.requests)") }
    text += line("dirty rate", "\(progress.dirtyRate) pages/s")
    text += line("throughput", "\(progress.throughput / 1_000_000) MB/s")
    if progress.throttle > 0 { text += line("cpu throttle", "\(progress.throttle) %") }
    if progress.status.isActive {
      text += line("expected downtime", time(progress.expectedDowntime))
      if progress.throughput > 0 {
        text += line("time left", time(Int64(Double(progress.remaining) / Double(progress.throughput) * 1e9)))
      }
    }
    guard let downtime = progress.downtime else { return text }
    text += line("expected downtime", time(progress.expectedDowntime))
    text += line("downtime", time(downtime))
    for phase in progress.phases { text += line("  \(phase.name)", time(phase.time)) }
    for device in progress.devices {
      text += line("device \(device.name)", "\(device.bytes) bytes, \(device.time / 1000) us")
    }
    return text
  }

  var migrationParameterText: String {
    let parameters = control.migrator?.parameters ?? MigrationParameters()
    return Control.migrationParameters.map { "\($0.name): \(parameters[keyPath: $0.path]) (\($0.summary))\n" }.joined()
  }

  var migrationCapabilityText: String {
    let on = control.migrator?.capabilities ?? []
    return MigrationCapability.allCases.map { "\($0.rawValue): \(on.contains($0) ? "on" : "off")\n" }.joined()
  }
}

import Boards
import Migration

/// Live migration.
extension Control {
  func migratorOrFail() throws(CommandError) -> Migrator {
    guard let migrator else { throw CommandError("This program does not migrate machines") }
    return migrator
  }

  private func carryOut(_ body: (Migrator) throws(MigrationError) -> Void) throws(CommandError) {
    let migrator = try migratorOrFail()
    do throws(MigrationError) { try body(migrator) } catch { throw CommandError(error.description) }
  }

  /// Begins to move the machine to the process at `uri`; with `check` that only says what would not fit, with `resume` a
  /// migration goes on whose connection broke while memory followed the guest.
  public func migrate(to uri: String, check: Bool = false, resume: Bool = false) throws(CommandError) {
    guard !(check && resume) else { throw CommandError("A migration that goes on is not checked again") }
    try carryOut { migrator throws(MigrationError) in
      if resume { try migrator.goOn(at: uri) } else { try migrator.migrate(to: uri, check: check) }
    }
  }

  /// Lets the guest run at the other side before all of its memory is there.
  public func startPostcopy() throws(CommandError) {
    try carryOut { migrator throws(MigrationError) in try migrator.startPostcopy() }
  }

  /// Breaks the connection off through which memory follows the guest.
  public func pauseMigration() throws(CommandError) {
    try carryOut { migrator throws(MigrationError) in try migrator.breakOff() }
  }

  /// Waits at `uri` for the source of a migration that was broken off when its guest ran here.
  public func recoverMigration(at uri: String) throws(CommandError) {
    try carryOut { migrator throws(MigrationError) in try migrator.recover(at: uri) }
  }

  /// Gives a migration up.
  public func cancelMigration() throws(CommandError) { try migratorOrFail().cancel() }

  /// Waits at `uri`, after `-incoming defer`.
  public func expectMachine(at uri: String) throws(CommandError) {
    try carryOut { migrator throws(MigrationError) in try migrator.expect(at: uri) }
  }

  /// Stops the guest for good, where that was to wait.
  public func continueMigration() throws(CommandError) {
    try carryOut { migrator throws(MigrationError) in try migrator.goOn() }
  }

  /// Says where a machine runs that neither side could know of.
  public func resolveMigration(here: Bool) throws(CommandError) {
    try carryOut { migrator throws(MigrationError) in try migrator.resolve(here: here) }
  }

  /// The parameters by the names that clients of QMP know, with their ranges.
  static let migrationParameters: [MigrationParameterRow] = [
    MigrationParameterRow("max-bandwidth", \.bandwidth, 0...UInt64(Int64.max), "bytes a second; 0: no limit"),
    MigrationParameterRow(
      "max-postcopy-bandwidth", \.postcopyBandwidth, 0...UInt64(Int64.max), "bytes a second; 0: no limit"),
    MigrationParameterRow("downtime-limit", \.downtimeLimit, 0...2_000_000, "milliseconds"),
    MigrationParameterRow("x-time-limit", \.timeLimit, 0...1_000_000, "seconds; 0: no limit"),
    MigrationParameterRow(
      "multifd-channels", \.channels, 1...UInt64(MigrationParameters.channelLimit), "connections side by side"),
    MigrationParameterRow("compress-level", \.compressLevel, 1...19, "of zstd"),
    MigrationParameterRow("xbzrle-cache-size", \.cacheSize, 4096...1 << 40, "bytes of pages kept for differences"),
    MigrationParameterRow("cpu-throttle-initial", \.throttleInitial, 1...99, "percent"),
    MigrationParameterRow("cpu-throttle-increment", \.throttleIncrement, 1...99, "percent"),
    MigrationParameterRow("max-cpu-throttle", \.throttleMaximum, 1...99, "percent"),
  ]

  /// Sets a parameter.
  func setMigrationParameter(_ row: MigrationParameterRow, _ value: UInt64) throws(CommandError) {
    guard row.range.contains(value) else {
      throw CommandError(
        "Parameter '\(row.name)' expects a value from \(row.range.lowerBound) to \(row.range.upperBound)")
    }
    try migratorOrFail().parameters[keyPath: row.path] = value
  }

  /// Switches a capability.
  func setMigrationCapability(_ name: String, _ isOn: Bool) throws(CommandError) {
    guard let capability = MigrationCapability(rawValue: name) else {
      let names = MigrationCapability.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandError("'\(name.prefix(40))' is no capability: expected \(names)")
    }
    let migrator = try migratorOrFail()
    guard !migrator.progress.status.isActive else { throw CommandError("There's a migration process in progress") }
    if isOn { migrator.capabilities.insert(capability) } else { migrator.capabilities.remove(capability) }
  }

  /// Nothing else may replace the machine's state while it moves: what has been sent would be of two machines.
  func checkStays() throws(CommandError) {
    guard !(migrator?.progress.status.isActive ?? false), !machine.runState.isMoving else {
      throw CommandError("The machine is being moved: migrate_cancel gives that up")
    }
  }
}

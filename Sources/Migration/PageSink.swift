/// Where pages go that have come, and were checked but for their checksums.
protocol PageSink: AnyObject {
  /// Whether pages ascend within a round, and none comes twice.
  var isOrdered: Bool { get }

  /// These are zero.
  func zeros(_ pages: Range<Int>, of block: Int) throws(MigrationError)

  /// A page is `bytes`.
  ///
  /// - Returns: whether those have the checksum.
  func plain(_ page: Int, of block: Int, _ bytes: UnsafeRawPointer, _ checksum: UInt64) throws(MigrationError) -> Bool

  /// A page is to be changed by the difference `bytes`; what is wrong with that.
  func difference(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64)
    throws(MigrationError) -> String?

  /// What was given is about to go.
  func settle() throws(MigrationError)
}

/// The connection to a GDB, as its server uses it.
public protocol GDBLink: AnyObject {
  /// Sends bytes to it.
  func send(_ bytes: [UInt8])
  /// Ends the connection when all has been sent.
  func close()
}

import Logging

/// Hands the entries of one item to a log file.
struct LogFileHandler: LogHandler {
  let item: String
  let file: LogFile
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(item: String, file: LogFile) {
    self.item = item
    self.file = file
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { $1 }
    file.write(LogEntry(item: item, message: "\(event.message)", fields: fields))
  }
}

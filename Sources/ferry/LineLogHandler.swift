import Logging

/// Log lines as `item: message`.
struct LineLogHandler: LogHandler {
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

  func log(event: LogEvent) { file.write("\(item): \(event.message)\n") }
}

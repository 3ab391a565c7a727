import Foundation
import Glibc

/// Files that are saved one after the other, by a timer or on a signal: PREFIX-TIME.ferry each, where TIME is UTC as in
/// 20260131T235959Z, with a number behind it where one second has several.
public struct SnapshotSeries: Sendable {
  /// Path and beginning of all names.
  public let prefix: String
  private let end: String

  /// The series whose names begin with `prefix`, of files of the kind `suffix`.
  public init(prefix: String, suffix: String = "ferry") {
    self.prefix = prefix
    end = "." + suffix
  }

  /// A name that is not taken, for a file of `wallTime`, nanoseconds since 1970.
  public func next(_ wallTime: Int64) -> String {
    let time = Self.text(wallTime, "%Y%m%dT%H%M%SZ")
    var path = "\(prefix)-\(time)\(end)"
    var number = 1
    while FileManager.default.fileExists(atPath: path) {
      number += 1
      path = "\(prefix)-\(time)-\(number)\(end)"
    }
    return path
  }

  /// The files of the series that there are, newest first.
  public var files: [String] {
    let folder = (prefix as NSString).deletingLastPathComponent
    let start = (prefix as NSString).lastPathComponent + "-"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    let own = names.compactMap { name -> (time: Substring, number: Int, name: String)? in
      guard name.hasPrefix(start), name.hasSuffix(end) else { return nil }
      let parts = name.dropFirst(start.count).dropLast(end.count).split(
        separator: "-", omittingEmptySubsequences: false)
      guard parts.count <= 2, parts[0].count == 16, parts[0].last == "Z" else { return nil }
      guard parts[0].dropLast().allSatisfy({ $0.isNumber || $0 == "T" }) else { return nil }
      guard let number = parts.count == 2 ? Int(parts[1]) : 1 else { return nil }
      return (parts[0], number, name)
    }
    return own.sorted { ($0.time, $0.number) > ($1.time, $1.number) }
      .map { (folder as NSString).appendingPathComponent($0.name) }
  }

  /// A time in nanoseconds since 1970 as a person reads it, in UTC.
  public static func text(_ wallTime: Int64) -> String { text(wallTime, "%Y-%m-%d %H:%M:%S") }

  private static func text(_ wallTime: Int64, _ format: String) -> String {
    var seconds = time_t(wallTime / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var bytes = [CChar](repeating: 0, count: 64)
    let count = strftime(&bytes, bytes.count, format, &parts)
    return String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

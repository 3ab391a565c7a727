/// The script that tells firmware how to put the ACPI tables into memory: the file `etc/table-loader` of fw_cfg.
/// Commands have 128 bytes and little-endian numbers.
extension ACPITables {
  private static func command(_ number: UInt32, _ fill: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.put(number)
    fill(&buffer)
    buffer.zeros(128 - buffer.count)
    return buffer.bytes
  }

  /// Allocates both files, adds addresses to the pointers, then makes the checksums.
  public var loaderScript: [UInt8] {
    var script: [UInt8] = []
    // Zone 1 is anywhere high, zone 2 is the segment at 0xf0000 where RSDPs are looked for.
    for (file, alignment, zone) in [(File.tables, Self.alignment, 1), (.root, 16, 2)] {
      script += Self.command(1) { buffer in
        buffer.put(file.rawValue, count: 56)
        buffer.put(UInt32(alignment))
        buffer.put(UInt8(zone))
      }
    }
    for pointer in pointers {
      script += Self.command(2) { buffer in
        buffer.put(pointer.file.rawValue, count: 56)
        buffer.put(File.tables.rawValue, count: 56)
        buffer.put(UInt32(pointer.offset))
        buffer.put(UInt8(pointer.size))
      }
    }
    for checksum in checksums {
      script += Self.command(3) { buffer in
        buffer.put(checksum.file.rawValue, count: 56)
        buffer.put(UInt32(checksum.offset))
        buffer.put(UInt32(checksum.range.lowerBound))
        buffer.put(UInt32(checksum.range.count))
      }
    }
    return script
  }
}

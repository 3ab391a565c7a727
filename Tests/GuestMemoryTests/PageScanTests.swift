import GuestMemory
import Testing

@Suite struct PageScanTests {
  @Test func `a single byte anywhere is found`() {
    var bytes = [UInt8](repeating: 0, count: 4096 + 77)
    #expect(bytes.withUnsafeBytes { PageScan.isZero($0) })
    for place in [0, 1, 63, 64, 2047, 4095, 4096, 4159, 4160, 4172] {
      bytes[place] = 1
      #expect(!bytes.withUnsafeBytes { PageScan.isZero($0) }, "\(place)")
      bytes[place] = 0
    }
  }

  @Test func `pages in use come in runs`() {
    var bytes = [UInt8](repeating: 0, count: 6 * 4096 + 10)
    for place in [4096, 2 * 4096 + 4095, 6 * 4096 + 9] { bytes[place] = 1 }
    #expect(bytes.withUnsafeBytes { PageScan.pagesInUse($0) } == [1..<3, 6..<7])
  }
}

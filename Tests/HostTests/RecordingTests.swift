import Foundation
import Testing

@testable import Host

@Suite struct `a recording` {
  /// An animated PNG, by the letter of the third edition of the PNG specification.
  private struct Animation {
    var frames: [(pixels: [UInt32], milliseconds: Int)] = []
    var width = 0
    var height = 0
    private var controls: [[UInt32]] = []
    private var times: [Int] = []

    init(_ file: [UInt8]) throws {
      var rest = file.dropFirst(8)
      var canvas: [UInt32] = []
      var sequence: UInt32 = 0
      var count: UInt32?
      while !rest.isEmpty {
        let length = Int(PNGDecoder.word(rest))
        let name = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
        let body = rest.dropFirst(8).prefix(length)
        try #require(
          PNGDecoder.crc(rest.dropFirst(4).prefix(4 + length)) == PNGDecoder.word(rest.dropFirst(8 + length)))
        func word(_ index: Int) -> UInt32 { PNGDecoder.word(body.dropFirst(4 * index)) }
        switch name {
        case "IHDR":
          (width, height) = (Int(word(0)), Int(word(1)))
          canvas = [UInt32](repeating: 0, count: width * height)
        case "acTL":
          #expect(word(1) == 1)
          count = word(0)
        case "fcTL":
          #expect(word(0) == sequence)
          sequence += 1
          controls.append((1...4).map { word($0) })
          let delay = (Int(word(5) >> 16), Int(word(5) & 0xffff))
          times.append(delay.0 * 1000 / delay.1)
        case "IDAT", "fdAT":
          if name == "fdAT" {
            #expect(word(0) == sequence)
            sequence += 1
          }
          try Self.draw(body.dropFirst(name == "fdAT" ? 4 : 0), try #require(controls.last), &canvas, width)
          frames.append((canvas, 0))
        case "IEND": #expect(body.isEmpty)
        default: Issue.record("chunk \(name)")
        }
        rest = rest.dropFirst(12 + length)
      }
      for index in frames.indices { frames[index].milliseconds = times[index] }
      #expect(count.map { Int($0) } == frames.count)
    }

    private static func draw(_ data: ArraySlice<UInt8>, _ part: [UInt32], _ canvas: inout [UInt32], _ width: Int) throws
    {
      let rows = try PNGDecoder.inflate(data)
      let (w, h, x, y) = (Int(part[0]), Int(part[1]), Int(part[2]), Int(part[3]))
      try #require(rows.count == (w * 3 + 1) * h)
      for row in 0..<h {
        for dot in 0..<w {
          let place = row * (w * 3 + 1) + 1 + dot * 3
          canvas[(y + row) * width + x + dot] =
            UInt32(rows[place]) << 16 | UInt32(rows[place + 1]) << 8 | UInt32(rows[place + 2])
        }
      }
    }
  }

  private func scratch(_ name: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "recording-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: name).path
  }

  private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

  private func picture(_ dots: [Int: UInt32]) -> [UInt32] {
    var pixels = [UInt32](repeating: 0x101010, count: 12)
    for (place, dot) in dots { pixels[place] = dot }
    return pixels
  }

  @Test func `has every new picture with its time`() throws {
    let path = try scratch("a.png")
    let recording = try Recording(path)
    let pictures = [
      picture([:]), picture([5: 0xff0000]), picture([5: 0xff0000, 11: 0x00ff00]), picture([0: 0x0000ff]),
    ]
    let times: [Int64] = [7_000_000_000, 7_016_600_000, 7_033_200_000, 90_000_000_000]
    for (pixels, time) in zip(pictures, times) {
      recording.add(pixels, width: 4, height: 3, at: time)
      // What shows nothing new is no picture.
      recording.add(pixels, width: 4, height: 3, at: time + 1)
    }
    try recording.finish(at: 90_500_000_000)
    let animation = try Animation(bytes(path))
    #expect(animation.frames.map(\.pixels) == pictures)
    // A time of more than a minute is told in hundredths; the next one makes it good.
    #expect(animation.frames.map(\.milliseconds) == [16, 17, 82_960, 507])
  }

  @Test func `begins another file where the size changes, and is whole at any time`() throws {
    let path = try scratch("b.apng")
    let recording = try Recording(path)
    recording.add(picture([:]), width: 4, height: 3, at: 0)
    recording.add(picture([1: 1]), width: 3, height: 4, at: 2_000_000_000)
    recording.add(picture([1: 2]), width: 3, height: 4, at: 2_500_000_000)
    try recording.finish(at: 3_000_000_000)
    let first = try Animation(bytes(path))
    #expect(first.frames.map(\.milliseconds) == [2000])
    let second = try Animation(bytes(path.replacing("b.apng", with: "b-2.apng")))
    #expect((second.width, second.height) == (3, 4))
    #expect(second.frames.map(\.milliseconds) == [500, 500])
  }

  @Test func `in raw form has what its document says`() throws {
    let path = try scratch("c.video")
    let recording = try Recording(path)
    recording.add([1, 2, 3, 4], width: 2, height: 2, at: 50)
    recording.add([1, 2, 0xff03_0405, 4], width: 2, height: 2, at: 70)
    recording.add([9], width: 1, height: 1, at: 60)
    try recording.finish(at: 100)
    func head(_ time: UInt8, _ numbers: UInt8...) -> [UInt8] {
      [time, 0, 0, 0, 0, 0, 0, 0] + numbers.flatMap { [$0, 0] }
    }
    var expected = Array("FERRYVID".utf8) + [1, 0, 0, 0, 0, 0, 0, 0]
    expected += head(0, 2, 2, 0, 0, 2, 2) + [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]
    expected += head(20, 2, 2, 0, 1, 1, 1) + [5, 4, 3, 0]
    // Time does not go back.
    expected += head(20, 1, 1, 0, 0, 1, 1) + [9, 0, 0, 0]
    expected += head(50, 0, 0, 0, 0, 0, 0)
    #expect(try bytes(path) == expected)
  }

  @Test func `that cannot be made, or written, says so`() throws {
    #expect(throws: HostError("recording /nowhere/a.png: No such file or directory")) {
      try Recording("/nowhere/a.png")
    }
    let recording = try Recording("/dev/full")
    recording.add([1], width: 1, height: 1, at: 0)
    #expect(throws: HostError("recording /dev/full: No space left on device")) { try recording.finish(at: 1) }
  }
}

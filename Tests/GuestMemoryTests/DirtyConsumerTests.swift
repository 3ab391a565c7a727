import GuestMemory
import Testing

@Suite struct DirtyConsumerTests {
  @Test func `any pages in any range are taken once, in runs, whatever others have taken`() throws {
    let count = 61
    let ram = try RAMBlock(name: "ram", size: count << RAMBlock.pageShift)
    var views: [(consumer: DirtyConsumer, dirty: Set<Int>)] = []
    for _ in 0..<3 { views.append((try #require(ram.makeConsumer()), Set(0..<count))) }
    var random = SystemRandomNumberGenerator()
    for step in 0..<2000 {
      let start = Int.random(in: 0..<count, using: &random)
      let end = Int.random(in: start..<count, using: &random) + 1
      if step % 3 != 0 {
        // Mostly long runs at first, single pages later.
        let last = step % 2 == 0 ? end : min(end, start + 1)
        ram.changed(offset: start << RAMBlock.pageShift, count: (last - start) << RAMBlock.pageShift)
        for index in views.indices { views[index].dirty.formUnion(start..<last) }
      } else {
        let index = Int.random(in: views.indices, using: &random)
        var runs: [Range<Int>] = []
        views[index].consumer.take(start..<end) { runs.append($0) }
        let expected = views[index].dirty.intersection(start..<end)
        #expect(Set(runs.joined()) == expected)
        #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, "\(runs)")
        views[index].dirty.subtract(expected)
      }
      for view in views { #expect(view.consumer.dirtyCount == view.dirty.count) }
    }
  }
}

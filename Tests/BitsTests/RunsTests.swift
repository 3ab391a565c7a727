import Bits
import Testing

@Test(
  arguments: [
    ("", []), ("....", []), ("#", [2..<3]), ("##..#", [2..<4, 6..<7]), (".###", [3..<6]), ("#.#.", [2..<3, 4..<5]),
  ] as [(String, [Range<Int>])])
func `runs are what is in, in order`(text: String, expected: [Range<Int>]) {
  let marks = Array(text)
  #expect((2..<2 + marks.count).runs { marks[$0 - 2] == "#" } == expected)
}

/// A first-in first-out queue with room for `capacity` elements, stored inline: plain bytes, so that a
/// device's state can hold one.
public struct FixedQueue<let capacity: Int, Element: BitwiseCopyable & Sendable>: BitwiseCopyable, Sendable {
  @usableFromInline var storage: InlineArray<capacity, Element>
  @usableFromInline var head: Int32 = 0
  /// How many elements are queued, 0 to `capacity`.
  public private(set) var count: Int32 = 0

  /// An empty queue; `filler` is what unused places hold.
  public init(filler: Element) { storage = InlineArray(repeating: filler) }

  /// Whether nothing is queued.
  public var isEmpty: Bool { count == 0 }
  /// Whether `append` would be refused.
  public var isFull: Bool { Int(count) == capacity }
  /// The oldest element.
  public var first: Element? { count == 0 ? nil : storage[Int(head)] }

  /// Element `index`, counted from the oldest; `index` is below `count`.
  public subscript(index: Int) -> Element {
    precondition(index >= 0 && index < Int(count), "index \(index) of a queue of \(count)")
    return storage[(Int(head) + index) % capacity]
  }

  /// Appends `element`; false, and nothing changes, when the queue is full.
  @discardableResult
  public mutating func append(_ element: Element) -> Bool {
    guard !isFull else { return false }
    storage[(Int(head) + Int(count)) % capacity] = element
    count += 1
    return true
  }

  /// Takes the oldest element.
  public mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[Int(head)]
    head = (head + 1) % Int32(capacity)
    count -= 1
    return element
  }

  /// Forgets all that is queued.
  public mutating func removeAll() {
    head = 0
    count = 0
  }

  /// The elements from the oldest to the newest.
  public var elements: [Element] { (0..<Int(count)).map { self[$0] } }
}

extension FixedQueue where Element: Equatable {
  /// Whether both hold the same elements in the same order, wherever they lie.
  public static func == (a: Self, b: Self) -> Bool { a.elements == b.elements }
}

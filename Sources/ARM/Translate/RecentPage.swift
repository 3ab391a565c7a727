/// A page that some loads and stores of translated code have found last, so that they look nowhere else as long as they
/// stay in it.
///
/// The page's place on the host does not depend on the address then: what is at the address can be fetched while the
/// host still compares the page. Nothing here outlives the TLB entry that it was copied from.
struct RecentPage: BitwiseCopyable {
  /// How many there are; accesses share them by turns.
  static var count: Int { 64 }

  /// As in `TLBEntry`.
  var readTag = TLBEntry.invalid
  var writeTag = TLBEntry.invalid
  var addend: Int = 0
}

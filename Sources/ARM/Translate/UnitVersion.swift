/// Code of a part for those who come to it with their flags in the same places.
struct UnitVersion {
  let part: Int
  let sources: FlagSources
  /// Where it begins, once it is written.
  var entry: Int?
}

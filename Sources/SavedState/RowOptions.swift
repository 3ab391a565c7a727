/// What every builder function of a row takes.
struct RowOptions: Sendable {
  var since = 1
  var mustUnderstand = true
  var name: String?
  var doc = ""
}

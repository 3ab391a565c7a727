/// Something that a test could not go on with.
struct Unexpected: Error {
  let what: String
}

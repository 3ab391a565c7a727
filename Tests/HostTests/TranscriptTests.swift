import Testing

@testable import Host

@Suite struct `a transcript` {
  private func printed(_ text: String) -> Transcript {
    let transcript = Transcript()
    for byte in text.utf8 { transcript.append(byte) }
    return transcript
  }

  @Test func `finds a text once, and the next behind it`() {
    let transcript = printed("login: # ")
    let prompt = Array("# ".utf8)
    #expect(transcript.find(prompt, from: 0) == nil)
    let next = transcript.find(prompt, from: 0)
    #expect(next == 9)
    for byte in "ls\n#".utf8 { transcript.append(byte) }
    // What has come in part is looked at again.
    #expect(transcript.find(prompt, from: 9) == 12)
    transcript.append(0x20)
    #expect(transcript.find(prompt, from: 12) == nil)
    #expect(transcript.find(Array("login".utf8), from: 0) != nil)
  }

  @Test func `forgets what is older than its room`() {
    let transcript = printed("first")
    for _ in 0..<Transcript.limit { transcript.append(0x2e) }
    #expect(transcript.find(Array("first".utf8), from: 0) != nil)
    for byte in "last".utf8 { transcript.append(byte) }
    #expect(transcript.find(Array(".last".utf8), from: 0) == nil)
  }
}

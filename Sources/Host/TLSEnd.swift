/// Which end of a TLS connection a process is: who connects is the client.
public enum TLSEnd: String, Sendable, CaseIterable {
  case client, server
}

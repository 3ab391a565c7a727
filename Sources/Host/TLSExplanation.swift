/// What OpenSSL's errors mean to the people of the two sides, and what they can do.
struct TLSExplanation {
  private let context: TLSContext
  private let role: TLSRole
  private let stranger: String?
  private let verdict: () -> (number: Int, text: String)

  init(_ session: TLSSession) {
    (context, role, stranger) = (session.context, session.role, session.stranger)
    verdict = {
      let number = session.verdict
      return (number, session.library.x509VerifyCertErrorString(number).map { String(cString: $0) } ?? "\(number)")
    }
  }

  private var hasSecrets: Bool { context.secrets != nil }

  /// The user whose key this side shows.
  private var user: String {
    guard case .sharedSecret(let user) = context.option.kind else { return "" }
    return String(reflecting: user)
  }

  func text(_ failure: OpenSSL.Failure) -> String {
    if let stranger, let secrets = context.secrets {
      return "the other side says it is \(String(reflecting: stranger)), who is not in \(secrets.path)"
    }
    switch failure.reason {
    // SSL_R_CERTIFICATE_VERIFY_FAILED
    case 134: return certificate()
    // SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE
    case 199: return "the other side shows no certificate: it needs client-cert.pem and client-key.pem"
    // SSL_R_BINDER_DOES_NOT_VERIFY
    case 253: return "the other side's key is not the one in \(context.secrets?.path ?? "keys.psk")"
    // SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM and SSL_R_NO_SUITABLE_KEY_SHARE
    case 193, 118, 101:
      return hasSecrets
        ? "the other side offers no shared secret: it needs tls-creds-psk"
        : "there is no cipher, signature or key exchange that both sides know"
    // SSL_R_UNSUPPORTED_PROTOCOL and SSL_R_WRONG_VERSION_NUMBER
    case 258, 267: return "the other side does not speak TLS 1.3"
    // SSL_AD_REASON_OFFSET: what the other side sends before it ends.
    case let reason? where reason > 1000: return alert(reason - 1000, failure.text)
    default: return failure.text
    }
  }

  /// What this side finds wrong with the other side's.
  private func certificate() -> String {
    if hasSecrets { return "the other side has a certificate and no shared secret: it needs tls-creds-psk" }
    let (number, text) = verdict()
    // X509_V_ERR_… of x509_vfy.h.
    switch number {
    case 9: return "the other side's certificate is not valid yet: do the clocks of both hosts agree?"
    case 10: return "the other side's certificate has expired"
    case 2, 18, 19, 20, 21:
      return "the other side's certificate was not signed by the authority of \(context.authority)"
    case 23: return "the other side's certificate was revoked by its authority"
    case 26: return "the other side's certificate is not for a \(role.end == .server ? "client" : "server")"
    case 62, 64:
      guard case .client(let name) = role else { return text }
      return "the other side's certificate is not for \(String(reflecting: name))"
    default: return "the other side's certificate is not accepted: \(text)"
    }
  }

  /// What the other side finds wrong with this one's.
  private func alert(_ number: Int, _ text: String) -> String {
    let own = TLSContext.pair(context.option, role.end).certificate
    // Of RFC 8446, section 6.
    switch (number, role.end) {
    case (40, .client) where hasSecrets:
      return "the other side does not know the user \(user), or has no shared secrets"
    case (47, .client) where hasSecrets, (51, .client) where hasSecrets:
      return "the other side has another key for the user \(user)"
    case (40, .client): return "the other side has no certificate for this one: does it use tls-creds-psk?"
    case (42, _): return "the other side does not accept \(own): is it for another host name?"
    case (44, _): return "the other side says that \(own) was revoked"
    case (45, _): return "the other side says that \(own) has expired"
    case (48, _) where hasSecrets: return "the other side does not accept a shared secret"
    case (48, _): return "the other side does not know the authority that signed \(own): both need the same ca-cert.pem"
    case (43, _), (46, _): return "the other side does not accept \(own)"
    case (70, _): return "the other side does not speak TLS 1.3"
    case (115, _): return "the other side does not know the user \(user)"
    case (116, _): return "the other side wants to see a certificate: \(own) is missing"
    default: return "the other side has ended it: \(text)"
    }
  }
}

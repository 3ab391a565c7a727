import Glibc

/// TLS over the descriptors of a connection, for the thread whose connection it is. Nothing here waits.
final class TLSSession {
  /// What a call has come to.
  enum Step {
    case done
    /// It goes on when there is something to be read, or room to write.
    case input, output
    /// It goes on at once.
    case again
  }

  /// Bytes of ours in the largest record.
  static let record = 16 << 10
  /// How many records one key encrypts; AES-GCM stands five times as many, says RFC 8446, section 5.5.
  static let keyLife = 1 << 22

  let context: TLSContext
  let role: TLSRole
  let library: OpenSSL
  private let ends: ConnectionEnds
  private var handle: OpaquePointer?
  private var isOpen = false
  /// Why nothing can be read any more, or written.
  private var inLoss: ConnectionLoss?
  private var outLoss: ConnectionLoss?

  // What the call under way has met.
  private var isStarved = false
  private var hostLoss: ConnectionLoss?
  private var hasMore = false

  private var hasHeard = false
  private var recordsOfKey = 0
  /// Whom a client says it is, when there is no such user.
  private(set) var stranger: String?

  init(_ credentials: TLSCredentials, _ role: TLSRole, _ ends: ConnectionEnds) throws(HostError) {
    context = try credentials.context(role.end)
    library = context.library
    (self.role, self.ends) = (role, ends)
    library.errClearError()
    guard let method = TLSTransport.method, let transport = library.bioNew(method),
      let handle = library.sslNew(context.handle)
    else { throw HostError("TLS: OpenSSL: \(library.lastError.text)") }
    self.handle = handle
    let here = Unmanaged.passUnretained(self).toOpaque()
    library.bioSetData(transport, here)
    library.sslSetBio(handle, transport, transport)
    _ = library.sslSetExData(handle, 0, here)
    switch role {
    case .client(let name):
      if context.verifiesPeer {
        guard !name.isEmpty, library.sslSet1Host(handle, name) == 1 else {
          throw HostError(
            "\(credentials): the name that the other side's certificate is for has to be given: its address has none")
        }
      }
      library.sslSetConnectState(handle)
    case .server: library.sslSetAcceptState(handle)
    }
  }

  deinit { library.sslFree(handle) }

  /// The session that `handle` is of.
  static func of(_ handle: OpaquePointer?) -> TLSSession? {
    guard let library = try? OpenSSL.host.get(), let here = library.sslGetExData(handle, 0) else { return nil }
    return Unmanaged<TLSSession>.fromOpaque(here).takeUnretainedValue()
  }

  // MARK: Calls

  private func step(_ call: (OpenSSL, OpaquePointer?) -> Int32) throws(ConnectionLoss) -> Step {
    (isStarved, hostLoss) = (false, nil)
    library.errClearError()
    let result = call(library, handle)
    if result > 0 { return .done }
    switch library.sslGetError(handle, result) {
    case 2: return isStarved ? .input : .again
    case 3: return .output
    // SSL_ERROR_SSL: nothing works after it.
    case 1:
      let failure = library.lastError
      let loss = failure.isEnd ? ConnectionLoss.ended : .failed("TLS: \(TLSExplanation(self).text(failure))")
      giveUp(loss)
      throw loss
    // Without an error of the host the other side has said that it ends.
    default: throw hostLoss ?? .ended
    }
  }

  /// What is wrong with the other side's certificate: X509_V_OK or another number of x509_vfy.h.
  var verdict: Int { library.sslGetVerifyResult(handle) }

  /// Ends it for both directions.
  func giveUp(_ loss: ConnectionLoss) {
    inLoss = inLoss ?? loss
    outLoss = outLoss ?? loss
  }

  /// Ends the way out: what is left of a record must never be sent, for its bytes are said not to be out.
  func stopWriting(_ loss: ConnectionLoss) { outLoss = outLoss ?? loss }

  /// Goes on with the handshake. After it has thrown there is no other.
  func shakeHands() throws(ConnectionLoss) -> Step {
    if let inLoss { throw inLoss }
    do throws(ConnectionLoss) {
      let step = try step { $0.sslDoHandshake($1) }
      guard case .done = step else { return step }
      if context.secrets != nil, library.sslSessionReused(handle) != 1 {
        throw .failed("TLS: there is no common secret")
      }
      isOpen = true
      return .done
    } catch {
      let loss =
        error == .ended
        ? .failed("TLS: the other side closed the connection during the handshake; does it use TLS?") : error
      giveUp(loss)
      throw loss
    }
  }

  /// Reads at least a byte and at most a record.
  func read(into target: UnsafeMutableRawBufferPointer, count: inout Int) throws(ConnectionLoss) -> Step {
    if let inLoss { throw inLoss }
    do throws(ConnectionLoss) {
      return try step { $0.sslReadEx($1, target.baseAddress, target.count, &count) }
    } catch {
      inLoss = error
      throw error
    }
  }

  /// Whether there is a byte of the other side's, or the end. What has come is decrypted for that, since it may hold
  /// nothing for us.
  var hasInput: Bool {
    if inLoss != nil { return true }
    var byte: UInt8 = 0
    var count = 0
    do throws(ConnectionLoss) {
      for _ in 0..<64 {
        switch try step({ $0.sslPeekEx($1, &byte, 1, &count) }) {
        case .done: return true
        case .input, .output: return false
        case .again: continue
        }
      }
      return false
    } catch {
      inLoss = error
      return true
    }
  }

  /// Writes all of `bytes`, at most a record. When it is not done it is called again with the same ones. `more` follow
  /// at once.
  func write(_ bytes: UnsafeRawBufferPointer, more: Bool) throws(ConnectionLoss) -> Step {
    if let outLoss { throw outLoss }
    if recordsOfKey >= Self.keyLife { changeKey() }
    hasMore = more
    defer { hasMore = false }
    var count = 0
    do throws(ConnectionLoss) {
      let step = try step { $0.sslWriteEx($1, bytes.baseAddress, bytes.count, &count) }
      if case .done = step { recordsOfKey += 1 }
      return step
    } catch {
      stopWriting(error)
      // The other side may have said why.
      if error == .ended, hasInput, case .failed? = inLoss, let inLoss { throw inLoss }
      throw error
    }
  }

  /// What is written from now on is encrypted with another key.
  func changeKey(both: Bool = false) {
    recordsOfKey = 0
    _ = library.sslKeyUpdate(handle, both ? 1 : 0)
  }

  /// Tells the other side that nothing more comes, if that can be done at once.
  func close() {
    guard isOpen, outLoss == nil else { return }
    library.errClearError()
    _ = library.sslShutdown(handle)
    stopWriting(.ended)
  }

  // MARK: What OpenSSL calls

  /// Puts what has come into `target`: how many bytes, 0 at the end, or nil when there are none yet.
  func receive(into target: UnsafeMutableRawBufferPointer) -> Int? {
    do throws(ConnectionLoss) {
      guard let count = try ends.read(into: target) else {
        isStarved = true
        return nil
      }
      if !hasHeard, let first = target.first {
        hasHeard = true
        // A handshake or an alert. OpenSSL would wait for more from somebody who will never say more.
        guard first == 0x16 || first == 0x15 else { throw .failed("TLS: the other side does not speak TLS") }
      }
      return count
    } catch {
      hostLoss = error
      return 0
    }
  }

  /// Sends what it can of `bytes`: how many, 0 when none can ever go, or nil when there is no room yet.
  func send(_ bytes: UnsafeRawBufferPointer) -> Int? {
    do throws(ConnectionLoss) {
      if let outLoss { throw outLoss }
      return try ends.write(bytes, more: hasMore)
    } catch {
      hostLoss = error
      return 0
    }
  }

  /// Puts the name and the key of this side's user there; gives the key's size, or 0.
  func offerSecret(identity: UnsafeMutableRawBufferPointer, key: UnsafeMutableRawBufferPointer) -> UInt32 {
    guard case .sharedSecret(let user) = context.option.kind, let secret = context.secrets?[user],
      user.utf8.count < identity.count, secret.count <= key.count
    else { return 0 }
    identity.copyBytes(from: Array(user.utf8) + [0])
    key.copyBytes(from: secret)
    return UInt32(secret.count)
  }

  /// Puts the key of `user` there, who is the other side's; gives its size, or 0.
  func findSecret(of user: String, key: UnsafeMutableRawBufferPointer) -> UInt32 {
    guard let secret = context.secrets?[user], secret.count <= key.count else {
      stranger = user
      return 0
    }
    key.copyBytes(from: secret)
    return UInt32(secret.count)
  }
}

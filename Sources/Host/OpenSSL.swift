import Glibc

/// What of OpenSSL 3 a secured connection uses, loaded when the first credentials are read: who moves machines without
/// TLS needs no such library. The functions have OpenSSL's own names, as Swift spells names; its
/// structures are opaque.
final class OpenSSL: Sendable {
  typealias Pointer = OpaquePointer
  typealias Text = UnsafePointer<CChar>
  typealias Verify = @convention(c) (Int32, Pointer?) -> Int32
  typealias Password = @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32
  typealias ClientSecret =
    @convention(c) (
      Pointer?, Text?, UnsafeMutablePointer<CChar>?, UInt32, UnsafeMutablePointer<UInt8>?, UInt32
    ) -> UInt32
  typealias ServerSecret = @convention(c) (Pointer?, Text?, UnsafeMutablePointer<UInt8>?, UInt32) -> UInt32
  typealias Receive = @convention(c) (Pointer?, UnsafeMutablePointer<CChar>?, Int32) -> Int32
  typealias Send = @convention(c) (Pointer?, Text?, Int32) -> Int32
  typealias Control = @convention(c) (Pointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int

  // SSL_CTX
  let tlsMethod: @convention(c) () -> Pointer?
  let sslCtxNew: @convention(c) (Pointer?) -> Pointer?
  let sslCtxFree: @convention(c) (Pointer?) -> Void
  let sslCtxCtrl: @convention(c) (Pointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int
  let sslCtxSetCiphersuites: @convention(c) (Pointer?, Text?) -> Int32
  let sslCtxSetVerify: @convention(c) (Pointer?, Int32, Verify?) -> Void
  let sslCtxLoadVerifyFile: @convention(c) (Pointer?, Text?) -> Int32
  let sslCtxUseCertificateChainFile: @convention(c) (Pointer?, Text?) -> Int32
  let sslCtxUsePrivateKeyFile: @convention(c) (Pointer?, Text?, Int32) -> Int32
  let sslCtxSetDefaultPasswdCb: @convention(c) (Pointer?, Password?) -> Void
  let sslCtxSetNumTickets: @convention(c) (Pointer?, Int) -> Int32
  let sslCtxSetDefaultReadBufferLen: @convention(c) (Pointer?, Int) -> Void
  let sslCtxSetPskClientCallback: @convention(c) (Pointer?, ClientSecret?) -> Void
  let sslCtxSetPskServerCallback: @convention(c) (Pointer?, ServerSecret?) -> Void
  let sslCtxGetCertStore: @convention(c) (Pointer?) -> Pointer?
  let x509StoreLoadFile: @convention(c) (Pointer?, Text?) -> Int32
  let x509StoreSetFlags: @convention(c) (Pointer?, UInt) -> Int32

  // SSL
  let sslNew: @convention(c) (Pointer?) -> Pointer?
  let sslFree: @convention(c) (Pointer?) -> Void
  let sslSetBio: @convention(c) (Pointer?, Pointer?, Pointer?) -> Void
  let sslSetExData: @convention(c) (Pointer?, Int32, UnsafeMutableRawPointer?) -> Int32
  let sslGetExData: @convention(c) (Pointer?, Int32) -> UnsafeMutableRawPointer?
  let sslSetConnectState: @convention(c) (Pointer?) -> Void
  let sslSetAcceptState: @convention(c) (Pointer?) -> Void
  let sslSet1Host: @convention(c) (Pointer?, Text?) -> Int32
  let sslDoHandshake: @convention(c) (Pointer?) -> Int32
  let sslSessionReused: @convention(c) (Pointer?) -> Int32
  let sslGetVerifyResult: @convention(c) (Pointer?) -> Int
  let sslReadEx: @convention(c) (Pointer?, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?) -> Int32
  let sslPeekEx: @convention(c) (Pointer?, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?) -> Int32
  let sslWriteEx: @convention(c) (Pointer?, UnsafeRawPointer?, Int, UnsafeMutablePointer<Int>?) -> Int32
  let sslKeyUpdate: @convention(c) (Pointer?, Int32) -> Int32
  let sslGetError: @convention(c) (Pointer?, Int32) -> Int32
  let sslShutdown: @convention(c) (Pointer?) -> Int32

  // What an SSL reads from and writes to
  let bioNew: @convention(c) (Pointer?) -> Pointer?
  let bioSetData: @convention(c) (Pointer?, UnsafeMutableRawPointer?) -> Void
  let bioGetData: @convention(c) (Pointer?) -> UnsafeMutableRawPointer?
  let bioSetFlags: @convention(c) (Pointer?, Int32) -> Void
  let bioClearFlags: @convention(c) (Pointer?, Int32) -> Void
  let bioMethNew: @convention(c) (Int32, Text?) -> Pointer?
  let bioMethSetRead: @convention(c) (Pointer?, Receive?) -> Int32
  let bioMethSetWrite: @convention(c) (Pointer?, Send?) -> Int32
  let bioMethSetCtrl: @convention(c) (Pointer?, Control?) -> Int32

  // Errors, of which each thread has its own
  let errClearError: @convention(c) () -> Void
  let errPeekLastErrorData: @convention(c) (UnsafeMutablePointer<Text?>?, UnsafeMutablePointer<Int32>?) -> UInt
  let errReasonErrorString: @convention(c) (UInt) -> Text?
  let x509VerifyCertErrorString: @convention(c) (Int) -> Text?

  /// The library of the host.
  static let host = Result<OpenSSL, HostError>(catching: OpenSSL.init)

  private convenience init() throws(HostError) { try self.init("libssl.so.3") }

  /// The library `name`, with libcrypto, which it brings along.
  init(_ name: String) throws(HostError) {
    guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { throw Self.error() }
    func symbol<Function>(_ name: String) throws(HostError) -> Function {
      guard let address = dlsym(library, name) else { throw Self.error() }
      return unsafeBitCast(address, to: Function.self)
    }
    tlsMethod = try symbol("TLS_method")
    sslCtxNew = try symbol("SSL_CTX_new")
    sslCtxFree = try symbol("SSL_CTX_free")
    sslCtxCtrl = try symbol("SSL_CTX_ctrl")
    sslCtxSetCiphersuites = try symbol("SSL_CTX_set_ciphersuites")
    sslCtxSetVerify = try symbol("SSL_CTX_set_verify")
    sslCtxLoadVerifyFile = try symbol("SSL_CTX_load_verify_file")
    sslCtxUseCertificateChainFile = try symbol("SSL_CTX_use_certificate_chain_file")
    sslCtxUsePrivateKeyFile = try symbol("SSL_CTX_use_PrivateKey_file")
    sslCtxSetDefaultPasswdCb = try symbol("SSL_CTX_set_default_passwd_cb")
    sslCtxSetNumTickets = try symbol("SSL_CTX_set_num_tickets")
    sslCtxSetDefaultReadBufferLen = try symbol("SSL_CTX_set_default_read_buffer_len")
    sslCtxSetPskClientCallback = try symbol("SSL_CTX_set_psk_client_callback")
    sslCtxSetPskServerCallback = try symbol("SSL_CTX_set_psk_server_callback")
    sslCtxGetCertStore = try symbol("SSL_CTX_get_cert_store")
    x509StoreLoadFile = try symbol("X509_STORE_load_file")
    x509StoreSetFlags = try symbol("X509_STORE_set_flags")
    sslNew = try symbol("SSL_new")
    sslFree = try symbol("SSL_free")
    sslSetBio = try symbol("SSL_set_bio")
    sslSetExData = try symbol("SSL_set_ex_data")
    sslGetExData = try symbol("SSL_get_ex_data")
    sslSetConnectState = try symbol("SSL_set_connect_state")
    sslSetAcceptState = try symbol("SSL_set_accept_state")
    sslSet1Host = try symbol("SSL_set1_host")
    sslDoHandshake = try symbol("SSL_do_handshake")
    sslSessionReused = try symbol("SSL_session_reused")
    sslGetVerifyResult = try symbol("SSL_get_verify_result")
    sslReadEx = try symbol("SSL_read_ex")
    sslPeekEx = try symbol("SSL_peek_ex")
    sslWriteEx = try symbol("SSL_write_ex")
    sslKeyUpdate = try symbol("SSL_key_update")
    sslGetError = try symbol("SSL_get_error")
    sslShutdown = try symbol("SSL_shutdown")
    bioNew = try symbol("BIO_new")
    bioSetData = try symbol("BIO_set_data")
    bioGetData = try symbol("BIO_get_data")
    bioSetFlags = try symbol("BIO_set_flags")
    bioClearFlags = try symbol("BIO_clear_flags")
    bioMethNew = try symbol("BIO_meth_new")
    bioMethSetRead = try symbol("BIO_meth_set_read")
    bioMethSetWrite = try symbol("BIO_meth_set_write")
    bioMethSetCtrl = try symbol("BIO_meth_set_ctrl")
    errClearError = try symbol("ERR_clear_error")
    errPeekLastErrorData = try symbol("ERR_peek_last_error_data")
    errReasonErrorString = try symbol("ERR_reason_error_string")
    x509VerifyCertErrorString = try symbol("X509_verify_cert_error_string")
    let initialize: @convention(c) (UInt64, Pointer?) -> Int32 = try symbol("OPENSSL_init_ssl")
    // OPENSSL_INIT_NO_ATEXIT: a thread that still sends when the process ends must not find the library taken down.
    guard initialize(0x80000, nil) == 1 else { throw HostError("TLS: OpenSSL cannot be set up") }
  }

  private static func error() -> HostError {
    let reason = dlerror().map { String(cString: $0) } ?? "it cannot be loaded"
    return HostError("TLS needs OpenSSL 3, and \(reason); apt-get install libssl3 puts it there")
  }

  /// Why a call failed.
  struct Failure {
    /// The number of the reason, when it is one of TLS's and not of a part below it.
    let reason: Int?
    let text: String

    /// SSL_R_UNEXPECTED_EOF_WHILE_READING: the other side has gone without a word.
    var isEnd: Bool { reason == 294 }
  }

  /// What the last call that failed on this thread says.
  var lastError: Failure {
    var data: Text?
    var flags: Int32 = 0
    let code = errPeekLastErrorData(&data, &flags)
    var text = errReasonErrorString(code).map { String(cString: $0) } ?? "no reason is known"
    // ERR_LIB_SSL
    let reason = code >> 23 & 0xff == 20 ? Int(code & 0x7fffff) : nil
    // SSL_R_CERTIFICATE_VERIFY_FAILED says why only there; ERR_TXT_STRING.
    if reason == 134, flags & 2 != 0, let data, data.pointee != 0 { text += ": \(String(cString: data))" }
    return Failure(reason: reason, text: text)
  }
}

import CSDL2
import Glibc

/// What of SDL2 a window uses, loaded when the first is opened: with the forty libraries behind it that takes as long
/// as restoring a machine that has no window. The functions have SDL's own names, without its prefix.
struct SDL: Sendable {
  private typealias Library = UnsafeMutableRawPointer

  let setHint: @convention(c) (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> SDL_bool
  let initSubSystem: @convention(c) (UInt32) -> Int32
  let quitSubSystem: @convention(c) (UInt32) -> Void
  let getError: @convention(c) () -> UnsafePointer<CChar>?
  let createWindow: @convention(c) (UnsafePointer<CChar>?, Int32, Int32, Int32, Int32, UInt32) -> OpaquePointer?
  let destroyWindow: @convention(c) (OpaquePointer?) -> Void
  let setWindowTitle: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?) -> Void
  let setWindowSize: @convention(c) (OpaquePointer?, Int32, Int32) -> Void
  let createRenderer: @convention(c) (OpaquePointer?, Int32, UInt32) -> OpaquePointer?
  let destroyRenderer: @convention(c) (OpaquePointer?) -> Void
  let renderClear: @convention(c) (OpaquePointer?) -> Int32
  let renderCopy:
    @convention(c) (OpaquePointer?, OpaquePointer?, UnsafePointer<SDL_Rect>?, UnsafePointer<SDL_Rect>?) -> Int32
  let renderPresent: @convention(c) (OpaquePointer?) -> Void
  let createTexture: @convention(c) (OpaquePointer?, UInt32, Int32, Int32, Int32) -> OpaquePointer?
  let destroyTexture: @convention(c) (OpaquePointer?) -> Void
  let updateTexture: @convention(c) (OpaquePointer?, UnsafePointer<SDL_Rect>?, UnsafeRawPointer?, Int32) -> Int32
  let pollEvent: @convention(c) (UnsafeMutablePointer<SDL_Event>?) -> Int32
  let setRelativeMouseMode: @convention(c) (SDL_bool) -> Int32
  let getWindowSize: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?) -> Void
  let getWindowFlags: @convention(c) (OpaquePointer?) -> UInt32
  let getWindowDisplayIndex: @convention(c) (OpaquePointer?) -> Int32
  let getCurrentDisplayMode: @convention(c) (Int32, UnsafeMutablePointer<SDL_DisplayMode>?) -> Int32
  let setWindowFullscreen: @convention(c) (OpaquePointer?, UInt32) -> Int32
  let getRendererOutputSize:
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?) -> Int32
  let setTextureBlendMode: @convention(c) (OpaquePointer?, SDL_BlendMode) -> Int32
  let setTextureScaleMode: @convention(c) (OpaquePointer?, SDL_ScaleMode) -> Int32
  let waitEventTimeout: @convention(c) (UnsafeMutablePointer<SDL_Event>?, Int32) -> Int32
  let pushEvent: @convention(c) (UnsafeMutablePointer<SDL_Event>?) -> Int32
  let getClipboardText: @convention(c) () -> UnsafeMutablePointer<CChar>?
  let free: @convention(c) (UnsafeMutableRawPointer?) -> Void

  /// The library of the host.
  static let host = Result<SDL, DisplayError>(catching: SDL.init)

  private init() throws(DisplayError) {
    guard let library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL) else { throw Self.error() }
    setHint = try Self.symbol("SDL_SetHint", library)
    initSubSystem = try Self.symbol("SDL_InitSubSystem", library)
    quitSubSystem = try Self.symbol("SDL_QuitSubSystem", library)
    getError = try Self.symbol("SDL_GetError", library)
    createWindow = try Self.symbol("SDL_CreateWindow", library)
    destroyWindow = try Self.symbol("SDL_DestroyWindow", library)
    setWindowTitle = try Self.symbol("SDL_SetWindowTitle", library)
    setWindowSize = try Self.symbol("SDL_SetWindowSize", library)
    createRenderer = try Self.symbol("SDL_CreateRenderer", library)
    destroyRenderer = try Self.symbol("SDL_DestroyRenderer", library)
    renderClear = try Self.symbol("SDL_RenderClear", library)
    renderCopy = try Self.symbol("SDL_RenderCopy", library)
    renderPresent = try Self.symbol("SDL_RenderPresent", library)
    createTexture = try Self.symbol("SDL_CreateTexture", library)
    destroyTexture = try Self.symbol("SDL_DestroyTexture", library)
    updateTexture = try Self.symbol("SDL_UpdateTexture", library)
    pollEvent = try Self.symbol("SDL_PollEvent", library)
    setRelativeMouseMode = try Self.symbol("SDL_SetRelativeMouseMode", library)
    getWindowSize = try Self.symbol("SDL_GetWindowSize", library)
    getWindowFlags = try Self.symbol("SDL_GetWindowFlags", library)
    getWindowDisplayIndex = try Self.symbol("SDL_GetWindowDisplayIndex", library)
    getCurrentDisplayMode = try Self.symbol("SDL_GetCurrentDisplayMode", library)
    setWindowFullscreen = try Self.symbol("SDL_SetWindowFullscreen", library)
    getRendererOutputSize = try Self.symbol("SDL_GetRendererOutputSize", library)
    setTextureBlendMode = try Self.symbol("SDL_SetTextureBlendMode", library)
    setTextureScaleMode = try Self.symbol("SDL_SetTextureScaleMode", library)
    waitEventTimeout = try Self.symbol("SDL_WaitEventTimeout", library)
    pushEvent = try Self.symbol("SDL_PushEvent", library)
    getClipboardText = try Self.symbol("SDL_GetClipboardText", library)
    free = try Self.symbol("SDL_free", library)
  }

  /// The function `name`, which is declared as `Function` in SDL's header.
  private static func symbol<Function>(_ name: String, _ library: Library) throws(DisplayError) -> Function {
    guard let address = dlsym(library, name) else { throw error() }
    return unsafeBitCast(address, to: Function.self)
  }

  private static func error() -> DisplayError {
    DisplayError(description: dlerror().map { String(cString: $0) } ?? "libSDL2 cannot be loaded")
  }
}

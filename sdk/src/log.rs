//! A few words for yourself. The host keeps at most 16 lines of 256 bytes a call, masked.
//! Never log a body: the exchange is recorded already.

/// `debug`, `info` or `warn`. Natively it goes to standard error.
pub fn write(level: &str, text: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::wit::log::write(level, text);
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level}: {text}");
}

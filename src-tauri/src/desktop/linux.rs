//! What the app asks of Linux before and beside Tauri.
#![allow(unsafe_code)]

use std::env;
use std::ffi::CStr;
use std::path::Path;

const NO_COMPOSITING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Prepares the environment of the web view. To be called first in `main`, before any thread is started.
pub(crate) fn prepare_web_view() {
    // Without a GPU the web view's compositing costs a third of the memory and two thirds of the speed.
    if !Path::new("/dev/dri").exists() && env::var_os(NO_COMPOSITING).is_none() {
        // SAFETY: `main` calls this before it starts any thread, so nobody reads the environment meanwhile.
        unsafe { env::set_var(NO_COMPOSITING, "1") };
    }
}

/// Whether the library is there that shows tray icons.
pub(crate) fn has_tray_library() -> bool {
    const NAMES: [&CStr; 2] = [c"libayatana-appindicator3.so.1", c"libappindicator3.so.1"];
    NAMES.into_iter().any(|name| {
        // SAFETY: the name ends with a zero byte; the library's initialisers are those that the tray runs anyway.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY) };
        !handle.is_null()
    })
}

//! The hotkey of NOTAUS, for the whole desktop.

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut};

/// Registers `hotkey` in place of all before it. Answers whether it is in force.
pub(crate) fn set(app: &AppHandle, hotkey: &str) -> bool {
    let Ok(shortcut) = hotkey.parse::<Shortcut>() else { return false };
    // A single key without a modifier would be lost to every other program.
    if shortcut.mods.is_empty() {
        return false;
    }
    let shortcuts = app.global_shortcut();
    if shortcuts.is_registered(shortcut) {
        return true;
    }
    if shortcuts.register(shortcut).is_err() {
        return false;
    }
    // Only now the old ones go: there is no moment without a hotkey.
    if shortcuts.unregister_all().is_err() {
        return true;
    }
    shortcuts.register(shortcut).is_ok()
}

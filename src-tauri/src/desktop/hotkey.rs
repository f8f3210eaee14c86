//! The hotkeys for the whole desktop, in force only while a customer's session needs them: NOTAUS, and the way to the
//! panel.

use crate::controller::HotkeysInForce;
use crate::settings::PANEL_HOTKEY;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut};

/// Registers `stop` and the way to the panel in place of all before it.
pub(crate) fn set(app: &AppHandle, stop: &str) -> HotkeysInForce {
    let stop = set_stop(app, stop);
    let shortcuts = app.global_shortcut();
    let panel = PANEL_HOTKEY
        .parse::<Shortcut>()
        .is_ok_and(|panel| shortcuts.is_registered(panel) || shortcuts.register(panel).is_ok());
    HotkeysInForce { stop, panel }
}

fn set_stop(app: &AppHandle, stop: &str) -> bool {
    let Ok(shortcut) = stop.parse::<Shortcut>() else { return false };
    // A single key without a modifier would be lost to every other program.
    if shortcut.mods.is_empty() || leads_to_panel(&shortcut) {
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

/// Leaves the keys to other programs.
pub(crate) fn clear(app: &AppHandle) -> HotkeysInForce {
    let shortcuts = app.global_shortcut();
    if let Err(error) = shortcuts.unregister_all() {
        tracing::warn!(%error, "The hotkeys can't be given back");
    }
    // The library keeps its last request to an X server until it has something to ask there: so once more, for nothing.
    if let Ok(panel) = PANEL_HOTKEY.parse::<Shortcut>() {
        let _ = shortcuts.unregister(panel);
    }
    HotkeysInForce::default()
}

/// Whether this is the one that leads to the panel; any other is NOTAUS.
pub(crate) fn leads_to_panel(shortcut: &Shortcut) -> bool {
    PANEL_HOTKEY.parse::<Shortcut>().is_ok_and(|panel| panel == *shortcut)
}

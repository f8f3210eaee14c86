//! Build script of the app: makes sure that there is a page to embed, and lets Tauri check its configuration.

use std::{fs, io, path::Path};
use tauri_build::{AppManifest, Attributes};

const COMMANDS: &[&str] = &[
    "answer",
    "ask",
    "ask_to_show",
    "cancel",
    "check_domain",
    "check_number",
    "choose",
    "confirm_domain",
    "current_cursor",
    "current_main_view",
    "current_panel_view",
    "current_viewer_view",
    "delete_receipt",
    "desk_attach",
    "desk_confirm",
    "desk_copy_sent",
    "desk_detach",
    "desk_discard",
    "desk_dismiss_fault",
    "desk_drop_picture",
    "desk_give_pin",
    "desk_go",
    "desk_keep_picture",
    "desk_link",
    "desk_more",
    "desk_new",
    "desk_open_draft",
    "desk_open_sent",
    "desk_open_ticket",
    "desk_picture",
    "desk_query",
    "desk_raise",
    "desk_recall",
    "desk_refresh",
    "desk_reopen",
    "desk_retry",
    "desk_save",
    "desk_save_attachment",
    "desk_send_as_new",
    "desk_send_comment",
    "desk_step",
    "desk_submit",
    "desk_take_picture",
    "desk_unlink",
    "desk_withdraw",
    "desk_write_comment",
    "dismiss_end",
    "dismiss_notice",
    "emergency_stop",
    "end_session",
    "extend_number",
    "forget_everything",
    "go",
    "go_on",
    "grab_keyboard",
    "input",
    "lift_stop",
    "list_sources",
    "mark_painted",
    "more_time",
    "move_panel",
    "new_session",
    "open_receipt",
    "print_receipt",
    "refuse",
    "set_assistive_input",
    "set_domain",
    "set_hotkey",
    "set_language",
    "set_permission",
    "show_number",
    "show_panel",
    "show_receipt_file",
    "show_source",
    "show_viewer",
    "sign_in",
    "sign_out",
    "special_key",
    "start_join",
    "technician_desk",
    "try_again",
    "type_number",
    "who_called",
];

/// What is shown when the interface was not built: the build of the shell does not need Node.
const NO_INTERFACE: &str = "<!doctype html><meta charset=\"utf-8\"><title>Beistand</title><p>The interface is not built: run <code>npm run build</code> in <code>ui/</code>.";

fn main() -> io::Result<()> {
    let dist = Path::new("../ui/dist");
    if !dist.join("index.html").exists() {
        fs::create_dir_all(dist)?;
        fs::write(dist.join("index.html"), NO_INTERFACE)?;
    }
    // Named here, a command is refused to every window whose capability file does not name it too.
    let commands = AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(Attributes::new().app_manifest(commands)).map_err(io::Error::other)
}

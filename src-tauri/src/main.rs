//! The desktop app of Beistand, for customers and technicians: guardian, windows, tray and hotkey.
//!
//! Holds no session's rules. With the argument `worker` this executable is a worker and nothing of this file
//! runs. Start reading at `app.rs`; the state is in `controller/`, what the pages see in `view.rs`.

mod app;
mod arguments;
mod commands;
mod controller;
mod desk;
mod desktop;
mod link;
mod log;
mod profile;
mod request;
mod settings;
mod shell;
mod stop_switch;
mod store;
mod technician_desk;
// Its types are public so that the macros of the generated bindings can name them.
#[allow(unreachable_pub)]
mod view;

use std::process::ExitCode;

fn main() -> ExitCode {
    log::to_stderr();
    // Before anything of GTK or Tauri: a worker knows no windows.
    if std::env::args_os().nth(1).is_some_and(|first| first == beistand_session::pipe::WORKER_ARGUMENT) {
        return beistand_session::worker::main();
    }
    desktop::linux::prepare_web_view();
    app::main()
}

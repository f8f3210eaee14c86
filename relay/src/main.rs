//! The relay's program: everything is in the library.

fn main() -> std::process::ExitCode {
    beistand_relay::cli::run()
}

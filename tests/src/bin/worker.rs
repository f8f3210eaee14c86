//! The customer's worker alone, for tests of a whole session without a window.

fn main() -> std::process::ExitCode {
    beistand_session::worker::main()
}

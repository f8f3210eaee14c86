//! Build script of the app: makes sure that there is a page to embed, and lets Tauri check its configuration.

use std::{fs, io, path::Path};

/// What is shown when the interface was not built: the build of the shell does not need Node.
const NO_INTERFACE: &str =
    "<!doctype html><meta charset=\"utf-8\"><title>Beistand</title><p>The interface is not built: run <code>npm run build</code> in <code>ui/</code>.";

fn main() -> io::Result<()> {
    let dist = Path::new("../ui/dist");
    if !dist.join("index.html").exists() {
        fs::create_dir_all(dist)?;
        fs::write(dist.join("index.html"), NO_INTERFACE)?;
    }
    tauri_build::build();
    Ok(())
}

//! Files that a hand lets fall onto the main window, on Linux.
//!
//! WebKitGTK tells the page that files are dragged over it, and the page says where they may fall; but of what falls it
//! hands the page no file. So the shell takes the files and hands them over: what they hold, never where they lie.
//! Elsewhere the page has them from the web view.

use crate::request::Window;
use crate::view::{DESK_FILE_BYTES, FallenFile, FileBytes, FilesFallen, RefusedFile, RefusedReason};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::thread;
use tauri::{DragDropEvent, Manager as _, WebviewWindow, WindowEvent};
use tauri_specta::Event as _;

/// More than a ticket takes, so that each refusal is told; fewer than somebody's whole folder.
const MOST: usize = 20;

/// Hands what falls onto a window to its page.
pub(super) fn watch(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event else { return };
        let (app, paths) = (app.clone(), paths.clone());
        // A file may lie on a slow disk.
        let started = thread::Builder::new().name("drop".into()).spawn(move || {
            let _ = read_all(&paths).emit_to(&app, Window::Main.label());
        });
        if let Err(error) = started {
            tracing::warn!(%error, "What fell onto the window can't be read");
        }
    });
}

fn read_all(paths: &[PathBuf]) -> FilesFallen {
    let mut fallen = FilesFallen { files: Vec::new(), refused: Vec::new() };
    for path in paths.iter().take(MOST) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match read(path) {
            Ok(bytes) => fallen.files.push(FallenFile { name, bytes: FileBytes::of(&bytes) }),
            Err(reason) => fallen.refused.push(RefusedFile { name, reason }),
        }
    }
    fallen
}

/// A regular file and nothing else: a pipe or a device may never end.
fn read(path: &Path) -> Result<Vec<u8>, RefusedReason> {
    let unreadable = |_| RefusedReason::Unreadable;
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(RefusedReason::Unreadable);
    }
    let most = u64::from(DESK_FILE_BYTES);
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most { Err(RefusedReason::TooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_is_and_the_rest_has_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("protokoll.log"), "Zeile eins").unwrap();
        File::create(path("film.png")).unwrap().set_len(u64::from(DESK_FILE_BYTES) + 1).unwrap();
        let fallen = read_all(&[path("protokoll.log"), path("film.png"), folder.path().into(), path("weg.txt")]);
        let file = FallenFile { name: "protokoll.log".into(), bytes: FileBytes::of(b"Zeile eins") };
        assert_eq!(fallen.files, [file]);
        let reasons: Vec<_> = fallen.refused.iter().map(|file| file.reason).collect();
        assert_eq!(reasons, [RefusedReason::TooLarge, RefusedReason::Unreadable, RefusedReason::Unreadable]);
    }

    #[test]
    fn a_whole_folder_of_files_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..MOST + 5).map(|number| folder.path().join(format!("{number}.txt"))).collect();
        paths.iter().for_each(|path| std::fs::write(path, "x").unwrap());
        assert_eq!(read_all(&paths).files.len(), MOST);
    }
}

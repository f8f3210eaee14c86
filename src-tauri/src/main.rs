//! The desktop app of Beistand: guardian, windows, tray and hotkey.

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            tauri::WebviewWindowBuilder::new(app, "main", tauri::WebviewUrl::default())
                .title("Beistand")
                .inner_size(480.0, 640.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}

//! A picture of one's own screen, taken when its owner presses the button for it, outside of any session.
//!
//! It stays in this process until it is kept or dropped; only what was made of it is attached.

use beistand_protocol::permission::{Gate, Grants, Permission, SeeScreen, Setting};
use beistand_protocol::picture::Share;
use beistand_session::screen::{Blackout, desktop};
use std::io;

/// Takes the picture, as PNG. Waits for the screen; not for a thread that must not.
pub(crate) fn take() -> io::Result<Vec<u8>> {
    // The owner's own press on the button is the consent, and it ends with this picture.
    let (gate, mut grants) = (Gate::closed(), Grants::default());
    grants.set(Permission::SeeScreen, Setting::On);
    gate.apply(&grants);
    let epoch = grants.live(Permission::SeeScreen).ok_or(io::ErrorKind::PermissionDenied)?;
    let mut capture = desktop().open(Share::All, &Blackout::new()).map_err(io::Error::other)?;
    {
        let consent = gate.consent::<SeeScreen>(epoch).ok_or(io::ErrorKind::PermissionDenied)?;
        capture.grab(&consent, &mut Vec::new()).map_err(io::Error::other)?;
    }
    let (size, frame) = (capture.size(), capture.frame());
    let rgb: Vec<u8> = frame
        .pixels()
        .iter()
        .flat_map(|pixel| {
            let [_, red, green, blue] = pixel.to_be_bytes();
            [red, green, blue]
        })
        .collect();
    encode(size.width().into(), size.height().into(), &rgb)
}

fn encode(width: u32, height: u32, rgb: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_becomes_a_png() {
        let bytes = encode(2, 1, &[1, 2, 3, 4, 5, 6]).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(encode(2, 1, &[1, 2, 3]).is_err());
    }
}

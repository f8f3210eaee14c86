//! Where our own windows are on the screen, with the frames that a window manager put around them.

use super::{ScreenError, list::still_there};
use beistand_protocol::picture::Rect;
use x11rb::{
    protocol::xproto::{ConnectionExt as _, MapState, Window},
    rust_connection::RustConnection,
};

/// No window lies deeper inside frames.
const MAX_DEPTH: usize = 16;

/// Appends the outermost windows (children of the root) that hold `windows`; those that are gone are left out.
pub(super) fn frames(
    connection: &RustConnection,
    windows: &[u32],
    frames: &mut Vec<Window>,
) -> Result<(), ScreenError> {
    for window in windows {
        let mut at = *window;
        for _ in 0..MAX_DEPTH {
            let Some(tree) = still_there(connection.query_tree(at)?.reply())? else { break };
            if tree.parent == tree.root || tree.parent == x11rb::NONE {
                frames.push(at);
                break;
            }
            at = tree.parent;
        }
    }
    Ok(())
}

/// Asks where a frame is; nothing is waited for until the answers are read.
pub(super) struct Asked<'c> {
    attributes: x11rb::cookie::Cookie<'c, RustConnection, x11rb::protocol::xproto::GetWindowAttributesReply>,
    geometry: x11rb::cookie::Cookie<'c, RustConnection, x11rb::protocol::xproto::GetGeometryReply>,
}

impl<'c> Asked<'c> {
    pub(super) fn about(connection: &'c RustConnection, frame: Window) -> Result<Self, ScreenError> {
        Ok(Self { attributes: connection.get_window_attributes(frame)?, geometry: connection.get_geometry(frame)? })
    }

    /// Where it is, if it can be seen.
    pub(super) fn answer(self) -> Result<Option<Rect>, ScreenError> {
        let attributes = still_there(self.attributes.reply())?;
        let geometry = still_there(self.geometry.reply())?;
        let Some((attributes, geometry)) = attributes.zip(geometry) else { return Ok(None) };
        let border = u32::from(geometry.border_width) * 2;
        let rect = Rect {
            x: geometry.x.into(),
            y: geometry.y.into(),
            width: u32::from(geometry.width) + border,
            height: u32::from(geometry.height) + border,
        };
        Ok((attributes.map_state != MapState::UNMAPPED).then_some(rect))
    }
}

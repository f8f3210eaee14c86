//! Between the technician's end and the windows: news to the controller, the cursor straight to the viewer.

use crate::controller::{Event, TechnicianNews, TechnicianOrder};
use crate::request::Window;
use crate::shell::Shell;
use crate::view::{CursorMoved, CursorShape};
use base64::{Engine, engine::general_purpose::STANDARD};
use beistand_protocol::close::CloseReason;
use beistand_protocol::picture;
use beistand_session::technician::{News, Session};
use std::collections::HashMap;
use tauri::AppHandle;
use tauri_specta::Event as _;
use tokio::sync::mpsc;

/// How many orders may wait for the session.
const WAITING_ORDERS: usize = 512;

/// Passes on what a session says.
pub(super) fn teller(app: AppHandle, shell: Shell, serial: u32) -> impl FnMut(News) + Send + 'static {
    let mut cursor = Cursor { app, shell: shell.clone(), shapes: HashMap::new(), shown: None };
    move |news| {
        let news = match news {
            News::Stage(stage) => TechnicianNews::Stage(stage),
            News::Number { spoken, lives_for } => TechnicianNews::Number {
                number: spoken.expose().clone(),
                seconds_left: u32::try_from(lives_for.as_secs()).unwrap_or(u32::MAX),
            },
            // The line itself says good-bye, or the session where there is none.
            News::BurnToken(_) => return,
            News::AwaitingConsent { digits } => TechnicianNews::Waiting { digits },
            News::Granted(grants) => TechnicianNews::Granted(grants),
            News::Answered { permission, answer } => TechnicianNews::Answered { permission, answer },
            News::LineBroke { comes_back_within } => TechnicianNews::LineBroke {
                seconds_left: u32::try_from(comes_back_within.as_secs()).unwrap_or(u32::MAX),
            },
            News::LineBack => TechnicianNews::LineBack,
            News::Showing(showing) => TechnicianNews::Showing(showing),
            News::ShowAnswered(answer) => TechnicianNews::ShowAnswered(answer),
            News::Paused(pause) => TechnicianNews::Paused(pause),
            News::Dropped(dropped) => TechnicianNews::Dropped(dropped),
            News::Chord(fate) => TechnicianNews::Chord(fate),
            News::CursorShape(shape) => return cursor.learn(&shape),
            News::CursorPlace(place) => return cursor.moved(place),
            News::Quality { round_trip, received_bytes_per_second } => {
                TechnicianNews::Line { round_trip, kilobytes_per_second: received_bytes_per_second / 1000 }
            }
            News::Exact(exact) => TechnicianNews::Exact(exact),
            News::Fault(fault) => TechnicianNews::Fault(fault),
            News::Ended(reason) => {
                shell.end_session(serial);
                TechnicianNews::Ended(reason)
            }
        };
        shell.tell(Event::Technician(serial, news));
    }
}

/// The customer's cursor, as far as it is known.
struct Cursor {
    app: AppHandle,
    shell: Shell,
    shapes: HashMap<u16, CursorShape>,
    shown: Option<u16>,
}

impl Cursor {
    fn learn(&mut self, shape: &picture::CursorShape) {
        let view = CursorShape {
            width_px: shape.width.into(),
            height_px: shape.height.into(),
            hotspot_x: shape.hotspot_x.into(),
            hotspot_y: shape.hotspot_y.into(),
            rgba: STANDARD.encode(&shape.rgba),
        };
        self.shapes.insert(shape.id, view);
        if self.shown == Some(shape.id) {
            self.shown = None;
        }
    }

    fn moved(&mut self, place: picture::CursorPlace) {
        if self.shown != Some(place.shape)
            && let Some(shape) = self.shapes.get(&place.shape)
        {
            self.shown = Some(place.shape);
            self.shell.set_cursor(Some(shape.clone()));
            let _ = shape.emit_to(&self.app, Window::Viewer.label());
        }
        let moved = CursorMoved { x: place.x, y: place.y, visible: place.visible };
        let _ = moved.emit_to(&self.app, Window::Viewer.label());
    }
}

/// The technician's wishes, on their way to the session one after the other.
#[derive(Debug)]
pub(super) struct Orders(mpsc::Sender<TechnicianOrder>);

impl Orders {
    /// Carries out orders until this is dropped. Those before there is a session wait for it.
    pub(super) fn start(shell: Shell, serial: u32) -> Self {
        let (orders, mut to_do) = mpsc::channel(WAITING_ORDERS);
        tauri::async_runtime::spawn(async move {
            while let Some(order) = to_do.recv().await {
                let session = shell.session().filter(|(of, _)| *of == serial);
                match (session, order) {
                    (Some((_, session)), order) => carry_out(&session, order).await,
                    // There is nobody yet who could be told: the session ends before it begins.
                    (None, TechnicianOrder::End) => {
                        shell.end_session(serial);
                        shell.tell(Event::Technician(serial, TechnicianNews::Ended(CloseReason::EndedByTechnician)));
                    }
                    (
                        None,
                        TechnicianOrder::Ask(..)
                        | TechnicianOrder::AskToShow(..)
                        | TechnicianOrder::Input(_)
                        | TechnicianOrder::ExtendNumber,
                    ) => {}
                }
            }
        });
        Self(orders)
    }

    /// Hands on an order; a session that takes none any more is about to end by itself.
    pub(super) fn give(&self, order: TechnicianOrder) {
        if self.0.try_send(order).is_err() {
            tracing::warn!("The session takes no more orders");
        }
    }
}

async fn carry_out(session: &Session, order: TechnicianOrder) {
    match order {
        TechnicianOrder::Ask(permission, reason) => session.ask(permission, reason).await,
        TechnicianOrder::AskToShow(wish, reason) => session.ask_to_show(wish, reason).await,
        TechnicianOrder::Input(inputs) => {
            for input in inputs {
                session.input(input).await;
            }
        }
        TechnicianOrder::ExtendNumber => session.extend_number().await,
        TechnicianOrder::End => session.finish().await,
    }
}

//! The way of the technician's picture into the viewer: long polls over a scheme of our own, no open port.
//!
//! `GET beistand-picture://localhost/next?stream=S&after=N&videos=V`; see `view.rs` for what it means. `GET …/probe` is
//! a batch by which the viewer finds out what to say for `V`.

use crate::controller::{Event, TechnicianNews};
use crate::request::Window;
use crate::shell::Shell;
use beistand_protocol::picture::Shown;
use beistand_session::picture;
use std::time::Duration;
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};

/// The name of the scheme.
pub(crate) const SCHEME: &str = "beistand-picture";
/// How long a poll waits for something new.
const POLL: Duration = Duration::from_secs(10);

/// Answers one request of the viewer, when there is something to answer.
pub(crate) fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let poll = match asked(context.webview_label(), &request) {
        Some(Asked::Next(poll)) => poll,
        Some(Asked::Probe) => {
            // It takes a while to make, and this is the windows' thread.
            tauri::async_runtime::spawn_blocking(move || {
                let probe = picture::probe();
                let status = if probe.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT };
                responder.respond(response(status, probe.unwrap_or_default()));
            });
            return;
        }
        None => return responder.respond(response(StatusCode::NOT_FOUND, Vec::new())),
    };
    let shell = context.app_handle().state::<Shell>().inner().clone();
    tauri::async_runtime::spawn(async move {
        let (status, batch) = next(&shell, poll).await;
        responder.respond(response(status, batch));
    });
}

/// What a viewer may ask for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Next(Poll),
    Probe,
}

/// The viewer wants the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Poll {
    /// What it has drawn so far; a new one has drawn nothing.
    shown: Option<Shown>,
    /// Whether it decodes large videos itself.
    plays_videos: bool,
}

/// No such request is no answer.
fn asked(label: &str, request: &Request<Vec<u8>>) -> Option<Asked> {
    if label != Window::Viewer.label() {
        return None;
    }
    match request.uri().path() {
        "/probe" => return Some(Asked::Probe),
        "/next" => {}
        _ => return None,
    }
    let query = request.uri().query().unwrap_or_default();
    let number = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .and_then(|(_, value)| value.parse().ok())
    };
    let (stream, sequence) = (number("stream")?, number("after")?);
    let shown = (stream != 0).then_some(Shown { stream, sequence });
    Some(Asked::Next(Poll { shown, plays_videos: number("videos") == Some(1) }))
}

async fn next(shell: &Shell, Poll { shown, plays_videos }: Poll) -> (StatusCode, Vec<u8>) {
    let Some((serial, session)) = shell.session() else {
        // A viewer without a session asks again when its model says that there is one.
        tokio::time::sleep(Duration::from_millis(250)).await;
        return (StatusCode::NO_CONTENT, Vec::new());
    };
    let pictures = session.pictures();
    pictures.set_viewer_plays(plays_videos);
    // Before anything is waited for: a viewer that comes meanwhile takes this one's place.
    let batch = pictures.next(shown.is_none());
    if let Some(shown) = shown {
        session.shown(shown).await;
    }
    match tokio::time::timeout(POLL, batch).await {
        Ok(batch) => {
            if let Some((width, height)) = size(&batch) {
                shell.sized(serial, width, height);
            }
            (StatusCode::OK, batch)
        }
        Err(_) => (StatusCode::NO_CONTENT, Vec::new()),
    }
}

/// The picture's size out of a batch's head.
fn size(batch: &[u8]) -> Option<(u32, u32)> {
    let at = |offset: usize| {
        let bytes: [u8; 2] = batch.get(offset..offset + 2)?.try_into().ok()?;
        Some(u32::from(u16::from_le_bytes(bytes)))
    };
    Some((at(12)?, at(14)?))
}

fn response(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    // The page is of another origin (tauri://); the label was checked, and no other window's policy lets it ask.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    response
}

impl Shell {
    /// Tells the controller about a picture of another size.
    fn sized(&self, serial: u32, width: u32, height: u32) {
        if self.is_new_size(width, height) {
            self.tell(Event::Technician(serial, TechnicianNews::Sized { width, height }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str) -> Request<Vec<u8>> {
        Request::builder().uri(uri).body(Vec::new()).unwrap()
    }

    #[test]
    fn only_the_viewer_gets_a_picture() {
        let poll = request("beistand-picture://localhost/next?stream=3&after=7&videos=1");
        let shown = Some(Shown { stream: 3, sequence: 7 });
        assert_eq!(asked("viewer", &poll), Some(Asked::Next(Poll { shown, plays_videos: true })));
        assert_eq!(asked("main", &poll), None);
        assert_eq!(asked("panel", &poll), None);
        let first = Poll { shown: None, plays_videos: false };
        for new in ["stream=0&after=0", "stream=0&after=0&videos=0", "stream=0&after=0&videos=yes"] {
            let new = request(&format!("beistand-picture://localhost/next?{new}"));
            assert_eq!(asked("viewer", &new), Some(Asked::Next(first)));
        }
        let probe = request("beistand-picture://localhost/probe");
        assert_eq!((asked("viewer", &probe), asked("main", &probe)), (Some(Asked::Probe), None));
        assert_eq!(asked("viewer", &request("beistand-picture://localhost/next")), None);
        assert_eq!(asked("viewer", &request("beistand-picture://localhost/other?stream=0&after=0")), None);
    }

    #[test]
    fn reads_the_size_out_of_the_head() {
        let mut head = vec![0; 28];
        head[12..16].copy_from_slice(&[0x80, 0x07, 0x38, 0x04]);
        assert_eq!(size(&head), Some((1920, 1080)));
        assert_eq!(size(&head[..13]), None);
    }
}

//! The way of the technician's picture into the viewer: long polls over a scheme of our own, no open port.
//!
//! `GET beistand-picture://localhost/next?stream=S&after=N`; see `view.rs` for what it means.

use crate::controller::{Event, TechnicianNews};
use crate::request::Window;
use crate::shell::Shell;
use beistand_protocol::picture::Shown;
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
    let Some(shown) = asked(context.webview_label(), &request) else {
        responder.respond(response(StatusCode::NOT_FOUND, Vec::new()));
        return;
    };
    let shell = context.app_handle().state::<Shell>().inner().clone();
    tauri::async_runtime::spawn(async move {
        let (status, batch) = next(&shell, shown).await;
        responder.respond(response(status, batch));
    });
}

/// What the viewer has drawn so far: nothing to acknowledge is `None`, no such request is no answer.
fn asked(label: &str, request: &Request<Vec<u8>>) -> Option<Option<Shown>> {
    if label != Window::Viewer.label() || request.uri().path() != "/next" {
        return None;
    }
    let query = request.uri().query().unwrap_or_default();
    let number = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .and_then(|(_, value)| value.parse().ok())
    };
    let (stream, sequence) = (number("stream")?, number("after")?);
    Some((stream != 0).then_some(Shown { stream, sequence }))
}

async fn next(shell: &Shell, shown: Option<Shown>) -> (StatusCode, Vec<u8>) {
    let Some((serial, session)) = shell.session() else {
        // A viewer without a session asks again when its model says that there is one.
        tokio::time::sleep(Duration::from_millis(250)).await;
        return (StatusCode::NO_CONTENT, Vec::new());
    };
    if let Some(shown) = shown {
        session.shown(shown).await;
    }
    let pictures = session.pictures();
    match tokio::time::timeout(POLL, pictures.next(shown.is_none())).await {
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
        let poll = request("beistand-picture://localhost/next?stream=3&after=7");
        assert_eq!(asked("viewer", &poll), Some(Some(Shown { stream: 3, sequence: 7 })));
        assert_eq!(asked("main", &poll), None);
        assert_eq!(asked("panel", &poll), None);
        assert_eq!(asked("viewer", &request("beistand-picture://localhost/next?stream=0&after=0")), Some(None));
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

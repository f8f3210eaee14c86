//! A relay among strangers: what is no greeting, too long, out of turn or too slow ends there and disturbs nobody.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

use anyhow::Result;
use beistand_protocol::rendezvous::{EndReason, FromRelay, Hello, Intent, Refusal, Role};
use beistand_session::rendezvous::{LineEvent, connect, fetch_company};
use beistand_tests::relay::Relay;
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

async fn tls(relay: &Relay) -> Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(relay.folder().join("root.pem"))?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(relay.domain()).await?;
    Ok(TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost")?, tcp).await?)
}

async fn socket(relay: &Relay) -> Result<WebSocketStream<TlsStream<TcpStream>>> {
    let url = format!("wss://{}/v1/session", relay.domain());
    Ok(tokio_tungstenite::client_async(url, tls(relay).await?).await?.0)
}

async fn answer(socket: &mut WebSocketStream<TlsStream<TcpStream>>) -> Option<FromRelay> {
    loop {
        match timeout(Duration::from_secs(14), socket.next()).await.expect("the relay answers") {
            Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(_) | Err(_)) | None => return None,
        }
    }
}

async fn request(relay: &Relay, request: &str) -> Result<String> {
    let mut stream = tls(relay).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(14), stream.read_to_end(&mut answer)).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_greeting_is_refused() -> Result<()> {
    let relay = Relay::start()?;
    let slot_too_small = r#"{"kind":"hello","version":1,"role":"customer","intent":{"join":{"slot":7}}}"#;
    let too_long = format!("{{\"kind\":\"hello\",\"x\":\"{}\"}}", "y".repeat(8000));
    let garbage = [
        Message::text("hello"),
        Message::text("{}"),
        Message::text(slot_too_small),
        Message::text(too_long),
        Message::text(r#"{"kind":"cancel"}"#),
        Message::text(r#"{"kind":"proof","device":"00","signature":""}"#),
        Message::binary(vec![0; 100]),
    ];
    for message in garbage {
        let mut socket = socket(&relay).await?;
        socket.send(message.clone()).await?;
        let heard = answer(&mut socket).await;
        assert!(matches!(heard, Some(FromRelay::Refused { reason: Refusal::Malformed })), "{message:?}: {heard:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_of_a_known_device_is_refused() -> Result<()> {
    let relay = Relay::start()?;
    let known = relay.technician().await?;
    let mut socket = socket(&relay).await?;
    let hello = r#"{"kind":"hello","version":1,"role":"technician","intent":"issue"}"#;
    socket.send(Message::text(hello)).await?;
    let Some(FromRelay::Challenge { nonce }) = answer(&mut socket).await else { panic!("no challenge") };
    // The device's key, over the nonce alone: not over what it is for.
    let signature = beistand_protocol::rendezvous::api::Bytes(known.key.sign(nonce.as_bytes()));
    let proof = beistand_protocol::rendezvous::ToRelay::Proof { device: known.key.id(), signature };
    socket.send(Message::text(serde_json::to_string(&proof)?)).await?;
    let heard = answer(&mut socket).await;
    assert!(matches!(heard, Some(FromRelay::Refused { reason: Refusal::Technician })), "{heard:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_nothing_is_let_go() -> Result<()> {
    let relay = Relay::start()?;
    let mut silent = socket(&relay).await?;
    assert!(answer(&mut silent).await.is_none());
    // Not even TLS.
    let mut tcp = TcpStream::connect(relay.domain()).await?;
    assert_eq!(timeout(Duration::from_secs(14), tcp.read(&mut [0; 16])).await?.unwrap_or(0), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_or_out_of_turn_ends_only_its_own_session() -> Result<()> {
    let relay = Relay::start()?;
    let trust = relay.trust()?;
    let technician = relay.technician().await?;
    for (message, reason) in [(vec![1; 70 * 1024], EndReason::Malformed), (vec![1; 10], EndReason::Malformed)] {
        let waiting = connect(&trust, Hello::new(Role::Technician, Intent::Issue), Some(&technician)).await?;
        let (sender, mut receiver) = waiting.split();
        let LineEvent::Control(FromRelay::Waiting { slot, .. }) = receiver.next().await else { panic!("waiting") };
        if message.len() > 100 {
            let (customer, mut heard) =
                connect(&trust, Hello::new(Role::Customer, Intent::Join { slot }), None).await?.split();
            let _ = customer.data(message).await;
            let ended = loop {
                match heard.next().await {
                    LineEvent::Control(FromRelay::Ended { reason }) => break reason,
                    LineEvent::Control(_) => {}
                    other => panic!("{other:?}"),
                }
            };
            assert_eq!(ended, reason);
        } else {
            // Data before anybody is there to hear it.
            sender.data(message).await?;
        }
        let ended = loop {
            match timeout(Duration::from_secs(5), receiver.next()).await? {
                LineEvent::Control(FromRelay::Ended { reason }) => break reason,
                LineEvent::Control(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert!(matches!(ended, EndReason::Malformed | EndReason::OtherEndLost), "{ended:?}");
    }
    fetch_company(&trust).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_http_side_takes_what_it_knows() -> Result<()> {
    let relay = Relay::start()?;
    let get = async |path: &str, headers: &str| {
        request(&relay, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")).await
    };
    let post = async |path: &str, body: &str| {
        let length = body.len();
        request(&relay, &format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"))
            .await
    };
    assert!(get("/healthz", "").await?.starts_with("HTTP/1.1 200"));
    let page = get("/", "").await?;
    assert!(page.contains("Musterfirma GmbH") && page.contains("content-security-policy"), "{page}");
    assert!(get("/.well-known/beistand", "").await?.contains("\"root_sha256\""));
    assert!(get("/nothing", "").await?.starts_with("HTTP/1.1 404"));
    assert!(get("/v1/session", "").await?.starts_with("HTTP/1.1 400"));
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let from_a_page = format!("{upgrade}Origin: https://evil.example\r\n");
    assert!(get("/v1/session", &from_a_page).await?.starts_with("HTTP/1.1 403"));
    for path in ["/api/v1/sign-in", "/api/v1/certificate", "/api/v1/burn"] {
        let heard = post(path, "{}").await?;
        assert!(heard.starts_with("HTTP/1.1 400") && heard.contains("malformed"), "{path}: {heard}");
        let heard = post(path, &"x".repeat(70 * 1024)).await?;
        assert!(heard.starts_with("HTTP/1.1 413"), "{path}: {heard}");
    }
    Ok(())
}

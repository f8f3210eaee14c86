//! Files over HTTP: what is taken, what is refused and why, and how they are handed out.

use crate::client::fresh_key;
use crate::house::{House, draft};
use anyhow::Result;
use serde_json::{Value, json};

fn refusal(answer: &crate::client::Answer) -> String {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "fileRefused"),
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    answer.json()["file"].as_str().unwrap_or_default().to_owned()
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let rows = (0..width * height * 3).map(|at| (at % 251) as u8).collect::<Vec<_>>();
    writer.write_image_data(&rows).unwrap();
    writer.finish().unwrap();
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_is_handed_out_to_be_saved_and_no_more() -> Result<()> {
    let house = House::new().await?;
    let clerk = &house.one.clerk;
    let png = picture(300, 200);
    let name = "Fehler <b>\u{202e}\"1\".JPG";
    let key = fresh_key();
    let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let headers = [("Idempotency-Key", key.as_str()), ("X-File-Name", encoded.as_str())];
    let sent = clerk.send("POST", "/api/v1/uploads", &headers, &png).await?;
    assert_eq!(sent.status, 201, "{}", String::from_utf8_lossy(&sent.body));
    // The same again is the same file; another one under its key is refused.
    assert_eq!(clerk.send("POST", "/api/v1/uploads", &headers, &png).await?.body, sent.body);
    assert_eq!(clerk.send("POST", "/api/v1/uploads", &headers, b"something else").await?.code(), "keyReused");
    let file = sent.json()["file"].clone();
    assert_eq!((&file["name"], &file["kind"]), (&json!("Fehler _b__1_.png"), &json!("png")));
    let id = file["id"].as_str().unwrap();
    let form = json!({"draft": draft("Siehe Bild, bitte", &[id.to_owned()])});
    let number = clerk.post("/api/v1/my/tickets", &form).await?.good()["number"].as_str().unwrap().to_owned();
    let got = clerk.get(&format!("/api/v1/my/tickets/{number}/files/{id}")).await?;
    assert_eq!(got.status, 200);
    assert!(got.body.starts_with(b"\x89PNG") && got.body != png, "the sender's bytes are kept");
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("content-disposition", "attachment; filename=\"Fehler _b__1_.png\"; filename*=UTF-8''Fehler%20_b__1_.png"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(got.header(name), value, "{name}");
    }
    // A file is used once.
    assert_eq!(clerk.post("/api/v1/my/tickets", &form).await?.status, 404);
    // At rest it is unreadable, and nothing lies about half taken.
    let folder = house.relay.folder().join("files");
    assert_eq!(std::fs::read_dir(folder.join("quarantine"))?.count(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_names_its_reason() -> Result<()> {
    let house = House::new().await?;
    let clerk = &house.one.clerk;
    let (png, pdf) = (picture(20, 20), b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n".to_vec());
    let polyglot = [b"%PDF-1.7\n".as_slice(), &[b' '; 2000], b"\n%%EOF\nPK\x03\x04"].concat();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("leer.png", vec![], "empty"),
        ("bild.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), "activeContent"),
        ("bild.jpg", b"<?xml version='1.0'?><svg onload='alert(1)'/>".to_vec(), "activeContent"),
        ("notiz.txt", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), "activeContent"),
        ("bild.png", b"\xff\xfe<\0s\0v\0g\0>\0".to_vec(), "activeContent"),
        ("foto.heic", b"\0\0\0\x18ftypheic0000".to_vec(), "heic"),
        ("brief.docx", b"PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaa[Content_Types].xml".to_vec(), "notAllowed"),
        ("bild.png", b"PK\x03\x04zipzipzip".to_vec(), "notAllowed"),
        ("programm.png", b"MZ\x90\0\x03".to_vec(), "notAllowed"),
        ("skript.txt", b"#!/bin/sh\nrm -rf /\n".to_vec(), "notAllowed"),
        ("bild.png", b"nur Text".to_vec(), "liesAboutItsType"),
        ("text.txt", png.clone(), "liesAboutItsType"),
        ("bild.png", pdf.clone(), "liesAboutItsType"),
        ("x.html", b"nur Text".to_vec(), "liesAboutItsType"),
        ("bild.png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>".to_vec(), "broken"),
        ("bild.gif", b"GIF89a\x01\0\x01\0=/*<script>alert(1)</script>*/".to_vec(), "broken"),
        ("bild.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(), "broken"),
        ("a.pdf", b"%PDF-1.7 ohne Ende".to_vec(), "broken"),
        ("a.pdf", [b"%PDF-1.7\n<html><script>", pdf.as_slice()].concat(), "broken"),
        ("a.pdf", [b"%PDF-1.7\nPK\x03\x04", pdf.as_slice()].concat(), "broken"),
        ("a.txt", b"Text mit \0 darin".to_vec(), "broken"),
        ("gross.txt", vec![b'a'; 10 * 1024 * 1024 + 1], "tooLarge"),
    ];
    for (name, content, wanted) in cases {
        assert_eq!(refusal(&clerk.upload(name, &content).await?), wanted, "{name}");
    }
    // An archive at the end of a PDF is inside a file that is only ever saved; nested ones are never parsed.
    let nested = [b"%PDF-1.7\n".as_slice(), &[b'['; 3_000_000], b"\n/EmbeddedFile\n%%EOF\n"].concat();
    for pdf in [polyglot, nested] {
        let taken = clerk.upload("a.pdf", &pdf).await?.good();
        assert_eq!(taken["file"]["kind"], "pdf");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_five_files_of_25_mib_at_most() -> Result<()> {
    let house = House::new().await?;
    let clerk = &house.one.clerk;
    let mut small = Vec::new();
    for at in 0..6 {
        let taken = clerk.upload(&format!("{at}.txt"), b"kurz und gut").await?.good();
        small.push(taken["file"]["id"].as_str().unwrap().to_owned());
    }
    let file = |files: &[String]| json!({"draft": draft("Mit Anhang, bitte", files)});
    let six = clerk.post("/api/v1/my/tickets", &file(&small)).await?;
    assert!(matches!(six.status, 422), "{}", six.status);
    let message = json!({"text": "sechs", "attachments": small});
    let number =
        clerk.post("/api/v1/my/tickets", &file(&small[..5])).await?.good()["number"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/my/tickets/{number}/messages");
    assert_eq!(clerk.post(&path, &message).await?.status, 422);
    let twice = json!({"text": "doppelt", "attachments": [small[5], small[5]]});
    assert_eq!(clerk.post(&path, &twice).await?.status, 400);
    let mut large: Vec<Value> = Vec::new();
    for at in 0..3 {
        let taken = clerk.upload(&format!("{at}.txt"), &vec![b'a'; 9 * 1024 * 1024]).await?.good();
        large.push(taken["file"]["id"].clone());
    }
    let together = clerk.post(&path, &json!({"text": "zu viel", "attachments": large})).await?;
    assert_eq!(refusal(&together), "tooLarge");
    clerk.post(&path, &json!({"text": "geht", "attachments": large[..2]})).await?.good();
    Ok(())
}

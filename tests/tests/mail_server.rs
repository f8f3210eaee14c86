//! Letters through a real mail server, Exim, with TLS and sign-in; what arrives is read by a parser that is not ours.
#![allow(clippy::expect_used)] // In helpers of tests.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use beistand_desk::mail::{Letter, Login, Notice, Refused, Security, Sender, Server, Trouble, TroubleKind, message};
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Language;
use beistand_protocol::secret::Secret;
use beistand_tests::mail_server::{DOMAIN, GONE, LATER, MailServer, PASSWORD, SENDER, USER};
use mail_parser::MessageParser;

const SOON: Duration = Duration::from_secs(15);

fn sender() -> Result<Sender> {
    let address = message::address(SENDER).context("the sender's address is right")?;
    Ok(Sender { company: "Müller & Söhne".into(), address, domain: "help.firma.example".into() })
}

fn login(password: &str) -> Option<Login> {
    Some(Login { user: USER.into(), password: Secret::new(password.to_owned()) })
}

fn server(mail: &MailServer, security: Security, login: Option<Login>) -> Result<Server> {
    let port = if security == Security::Tls { mail.tls_port() } else { mail.port() };
    let ca = std::fs::read(mail.ca())?;
    Ok(Server::new(("localhost", port), security, login, Some(&ca), "relay.example")?)
}

fn letter(to: &str) -> Result<Letter> {
    Ok(Letter {
        key: "e1k1".into(),
        previous: None,
        to: to.parse()?,
        name: "Anna Wéber".into(),
        language: Language::German,
        ticket: Some(TicketNumber::from_stored(1_234_567)?),
        title: "Störung: Der Drucker im 2. Stock druckt seit heute früh nur noch leere Seiten, auch nach dem Neustart"
            .into(),
        reference: Some("Büro 3".into()),
        notice: Notice::Confirmation {
            request: RequestType::Incident,
            receipt: Some(IntakeReceipt::from_stored(7)?),
            by_phone: false,
            late: false,
            refused: vec![Refused { name: "Plan.svg".into(), code: "svg_not_taken".into() }],
        },
    })
}

async fn send(server: &Server, letter: &Letter) -> Result<(), Trouble> {
    let sender = sender().expect("the sender is right");
    let mail = sender.mail(letter, SystemTime::now()).expect("the letter can be written");
    let mut line = server.connect().await?;
    line.send(&sender.address, &mail.to, &mail.bytes).await?;
    line.close().await;
    Ok(())
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written_by_starttls_and_by_tls() -> Result<()> {
    let mail = MailServer::start()?;
    for (security, name) in [(Security::Starttls, "anna"), (Security::Tls, "berta")] {
        let letter = letter(&format!("{name}@{DOMAIN}"))?;
        send(&server(&mail, security, login(PASSWORD))?, &letter).await?;
        let arrived = mail.wait_for_mails(name, 1, SOON)?;
        let raw = arrived.first().context("one mail has arrived")?;
        let read = MessageParser::default().parse(raw).context("it can be read")?;
        let number = letter.ticket.map(|number| number.to_string()).unwrap_or_default();
        assert_eq!(read.subject(), Some(format!("[{number}] {}", letter.title).as_str()));
        assert_eq!(read.header("Return-path").and_then(|header| header.as_text()), Some(SENDER));
        let (text, html) = (read.body_text(0).context("text")?, read.body_html(0).context("html")?);
        for part in [number.as_str(), "Guten Tag Anna Wéber", "Büro 3", "Plan.svg: SVG-Zeichnungen nehmen wir nicht"]
        {
            assert!(text.contains(part) && html.contains(part), "{part}");
        }
        // What the server says of the connection: encrypted, and with whom.
        let received = String::from_utf8_lossy(raw);
        assert!(received.contains("with esmtpsa  (TLS1.3)"), "{received}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_who_it_says_gets_nothing() -> Result<()> {
    let mail = MailServer::start()?;
    let other = MailServer::set_up()?;
    let foreign = std::fs::read(other.ca())?;
    for security in [Security::Starttls, Security::Tls] {
        let port = if security == Security::Tls { mail.tls_port() } else { mail.port() };
        let unknown = Server::new(("localhost", port), security, login(PASSWORD), Some(&foreign), "relay.example")?;
        let trouble = send(&unknown, &letter("anna@customer.example")?).await.expect_err("the issuer is unknown");
        assert!(trouble.to_string().contains("not issued by anybody"), "{trouble}");
        assert_eq!(trouble.kind, TroubleKind::Server);
        // The computer's own trust does not know it either.
        let ours = Server::new(("localhost", port), security, login(PASSWORD), None, "relay.example")?;
        let trouble = send(&ours, &letter("anna@customer.example")?).await.expect_err("the issuer is unknown");
        assert!(trouble.to_string().contains("nothing was sent"), "{trouble}");
        // Its certificate is for another name.
        let ca = std::fs::read(mail.ca())?;
        let misnamed = Server::new(("127.0.0.1", port), security, login(PASSWORD), Some(&ca), "relay.example")?;
        let trouble = send(&misnamed, &letter("anna@customer.example")?).await.expect_err("the name is another one");
        assert!(trouble.to_string().contains("is not for 127.0.0.1"), "{trouble}");
    }
    assert!(mail.names()?.is_empty());
    Ok(())
}

#[tokio::test]
async fn each_failure_has_its_own_sentence_and_its_own_kind() -> Result<()> {
    let mut mail = MailServer::start()?;
    let right = server(&mail, Security::Starttls, login(PASSWORD))?;
    let anna = letter(&format!("anna@{DOMAIN}"))?;
    let mut unwanted = anna.clone();
    unwanted.title = "unwanted".into();
    let ca = std::fs::read(mail.ca())?;
    let at = |host: &str, port: u16, security| Server::new((host, port), security, None, Some(&ca), "relay.example");
    let cases = [
        (
            server(&mail, Security::Starttls, login("wrong"))?,
            anna.clone(),
            TroubleKind::Server,
            "does not accept `user`",
        ),
        (server(&mail, Security::Starttls, None)?, anna.clone(), TroubleKind::Never, "authentication required"),
        (right.clone(), letter("anna@elsewhere.example")?, TroubleKind::Never, "relay not permitted"),
        (right.clone(), letter(&format!("{GONE}@{DOMAIN}"))?, TroubleKind::Never, "no such person here"),
        (right.clone(), letter(&format!("{LATER}@{DOMAIN}"))?, TroubleKind::NotNow, "mailbox is locked"),
        (right.clone(), unwanted, TroubleKind::Never, "we take no such mail"),
        (
            at("no.such.host.invalid", 587, Security::Starttls)?,
            anna.clone(),
            TroubleKind::Server,
            "No address was found",
        ),
        (at("localhost", mail.port(), Security::Tls)?, anna.clone(), TroubleKind::Server, "\"starttls\""),
        (at("localhost", mail.tls_port(), Security::Starttls)?, anna.clone(), TroubleKind::Server, "\"tls\""),
    ];
    for (server, letter, kind, said) in cases {
        let trouble = send(&server, &letter).await.expect_err(said);
        assert!(trouble.kind == kind && trouble.to_string().contains(said), "{said}: {trouble:?}");
        assert!(!trouble.to_string().contains(PASSWORD) && !trouble.to_string().contains("Drucker"), "{trouble}");
    }
    mail.stop();
    let trouble = send(&right, &anna).await.expect_err("nobody is there");
    assert!(trouble.to_string().contains("refuses connections"), "{trouble}");
    mail.resume()?;
    send(&right, &anna).await?;
    ensure!(mail.wait_for_mails("anna", 1, SOON)?.len() == 1, "only one mail was taken");
    assert_eq!(mail.names()?, ["anna"]);
    Ok(())
}

#[tokio::test]
async fn in_clear_is_only_to_this_computer() -> Result<()> {
    let elsewhere = Server::new(("192.0.2.1", 25), Security::None, None, None, "relay.example")?;
    let trouble = elsewhere.connect().await.expect_err("it is another computer");
    assert!(trouble.to_string().contains("this computer only"), "{trouble}");
    Ok(())
}

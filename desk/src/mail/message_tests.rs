use super::*;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Language;
use mail_parser::{HeaderValue as Value, MessageParser};
use std::time::{Duration, UNIX_EPOCH};

fn sender() -> Sender {
    Sender {
        company: "Müller & Söhne".into(),
        address: address("support@firma.example").unwrap(),
        domain: "help.firma.example".into(),
    }
}

fn letter() -> Letter {
    Letter {
        key: "e42k1".into(),
        previous: None,
        to: "anna@musterfirma.example".parse().unwrap(),
        name: "Anna Wéber".into(),
        language: Language::German,
        ticket: Some(TicketNumber::from_stored(1_234_567).unwrap()),
        title: "Störung: Drucker".into(),
        reference: None,
        notice: Notice::Confirmation {
            request: RequestType::Incident,
            receipt: None,
            by_phone: false,
            late: false,
            refused: Vec::new(),
        },
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_312_800)
}

fn digits(letter: &Letter) -> String {
    letter.ticket.unwrap().to_string().chars().filter(char::is_ascii_digit).collect()
}

#[test]
fn a_mail_has_the_headers_that_keep_it_in_its_thread_and_out_of_loops() {
    let one = letter();
    let mail = sender().mail(&one, now()).unwrap();
    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    let digits = digits(&one);
    assert_eq!(mail.id, format!("t{digits}.e42k1@help.firma.example"));
    assert_eq!(read.message_id(), Some(mail.id.as_str()));
    let root = format!("t{digits}.root@help.firma.example");
    assert_eq!((read.in_reply_to().as_text(), read.references().as_text()), (Some(root.as_str()), Some(root.as_str())));
    assert_eq!(read.subject(), Some(format!("[{}] Störung: Drucker", one.ticket.unwrap()).as_str()));
    let text = |name: &str| read.header(name).and_then(Value::as_text).map(str::to_owned);
    assert_eq!(text("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(text("X-Auto-Response-Suppress").as_deref(), Some("All"));
    assert_eq!(text("X-Beistand-Ticket"), Some(one.ticket.unwrap().to_string()));
    // What would make other desks take it for a newsletter.
    assert!(read.header("Precedence").is_none() && read.header("List-Unsubscribe").is_none());
    let from = read.from().and_then(|from| from.first()).unwrap();
    assert_eq!((from.name(), from.address()), (Some("Müller & Söhne"), Some("support@firma.example")));
    let to = read.to().and_then(|to| to.first()).unwrap();
    assert_eq!((to.name(), to.address()), (Some("Anna Wéber"), Some("anna@musterfirma.example")));
    assert_eq!(read.date().map(mail_parser::DateTime::to_timestamp), Some(1_795_312_800));
    assert!(read.body_text(0).unwrap().contains("Guten Tag Anna Wéber"));
    assert!(read.body_html(0).unwrap().contains("<table"));
    assert!(mail.bytes.is_ascii() && mail.bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
}

#[test]
fn a_later_mail_answers_the_one_before() {
    let mut one = letter();
    one.previous = Some("e41k1".into());
    one.notice = Notice::Answer { author: "Tina".into(), text: "Ja".into(), files: Vec::new() };
    let mail = sender().mail(&one, now()).unwrap();
    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    let digits = digits(&one);
    assert_eq!(read.in_reply_to().as_text(), Some(format!("t{digits}.e41k1@help.firma.example").as_str()));
    let references = read.references().as_text_list().unwrap();
    assert_eq!(
        references.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        [format!("t{digits}.root@help.firma.example"), format!("t{digits}.e41k1@help.firma.example")]
    );
    assert_eq!(read.header("Auto-Submitted").and_then(Value::as_text), Some("auto-generated"));
}

#[test]
fn the_same_letter_is_the_same_mail_at_any_time() {
    let (first, again) = (sender().mail(&letter(), now()), sender().mail(&letter(), now() + Duration::from_secs(7200)));
    assert_eq!(first.unwrap().id, again.unwrap().id);
}

#[test]
fn nothing_that_people_typed_makes_a_header() {
    let evil = "x\r\nBcc: victim@example.com\r\nX-Evil: 1\r\n\r\nbody\n\u{2028}Cc: a@b.example\u{85}Y: z";
    let mut one = letter();
    one.title = evil.into();
    one.name = format!("\"{evil}\" <evil@example.com>, other@example.com");
    one.reference = Some(evil.into());
    one.key = format!("e1{evil}>");
    one.previous = Some(evil.into());
    one.notice = Notice::Answer { author: evil.into(), text: evil.into(), files: vec![evil.into()] };
    let sender = Sender { company: format!("Firma{evil}"), ..sender() };
    let mail = sender.mail(&one, now()).unwrap();
    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    let mut names: Vec<&str> = read.headers().iter().map(|header| header.name()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "From",
            "In-Reply-To",
            "MIME-Version",
            "Message-ID",
            "References",
            "Subject",
            "To",
            "X-Auto-Response-Suppress",
            "X-Beistand-Ticket"
        ]
    );
    assert_eq!(read.to().map(|to| to.iter().filter(|one| one.address().is_some()).count()), Some(1));
    assert_eq!(read.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("anna@musterfirma.example"));
    assert_eq!(
        read.from().and_then(|from| from.first()).and_then(|from| from.address()),
        Some("support@firma.example")
    );
    assert_eq!(mail.to.to_string(), "anna@musterfirma.example");
    assert!(mail.id.chars().all(|one| one.is_ascii_alphanumeric() || "-.@".contains(one)), "{}", mail.id);
}

#[test]
fn addresses_are_as_servers_take_them() {
    assert_eq!(address("o'neil@müller.example").unwrap().to_string(), "o'neil@xn--mller-kva.example");
    for wrong in ["", "a", "a@", "@b.example", "ü@b.example", "a@b_c.example", "a b@c.example", "a@b.example>"] {
        assert!(address(wrong).is_none(), "{wrong}");
    }
    let mut held = letter();
    held.ticket = None;
    held.notice = Notice::Held { receipt: IntakeReceipt::from_stored(7).unwrap() };
    let mail = sender().mail(&held, now()).unwrap();
    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    assert!(read.header("In-Reply-To").is_none() && read.header("X-Beistand-Ticket").is_none());
}

use super::super::notice::Refused;
use super::*;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::ticket::State;

fn letter(language: Language, notice: Notice) -> Letter {
    Letter {
        key: "e1k1".into(),
        previous: None,
        to: "anna@musterfirma.example".parse().unwrap(),
        name: "Anna Weber".into(),
        language,
        ticket: Some(TicketNumber::from_stored(1_234_567).unwrap()),
        title: "Störung: Der Drucker druckt nicht".into(),
        reference: Some("Büro 3".into()),
        notice,
    }
}

fn confirmation() -> Notice {
    Notice::Confirmation {
        request: RequestType::NewEmployee,
        receipt: Some(IntakeReceipt::from_stored(7).unwrap()),
        by_phone: false,
        late: true,
        refused: vec![
            Refused { name: "plan.svg".into(), code: "svg_not_taken".into() },
            Refused { name: "x.bin".into(), code: "a code of tomorrow".into() },
        ],
    }
}

fn every_notice() -> Vec<Notice> {
    let mut all = vec![
        confirmation(),
        Notice::Answer { author: "Tina".into(), text: "Bitte neu starten.".into(), files: vec!["a.png".into()] },
        Notice::FilesRefused { refused: vec![Refused { name: "a.exe".into(), code: "program_not_taken".into() }] },
        Notice::FollowUp { closed: TicketNumber::from_stored(7_654_321).unwrap() },
        Notice::Held { receipt: IntakeReceipt::from_stored(7).unwrap() },
        Notice::FailedPins { day: jiff::civil::date(2027, 3, 1), attempts: 3 },
    ];
    all.extend(State::ALL.iter().map(|state| Notice::Status { state: *state, text: "Kabel getauscht.".into() }));
    all
}

#[test]
fn a_confirmation_says_what_has_to_be_known() {
    let letter = letter(Language::German, confirmation());
    let written = letter.write("Musterfirma GmbH");
    let number = letter.ticket.unwrap().to_string();
    assert_eq!(written.subject, format!("[{number}] Störung: Der Drucker druckt nicht"));
    for part in [
        "Guten Tag Anna Weber,",
        number.as_str(),
        "Neuer Mitarbeiter",
        "Büro 3",
        "0000 0000 007",
        "weniger als fünf volle Arbeitstage",
        "plan.svg: SVG-Zeichnungen nehmen wir nicht",
        "x.bin: diese Art Datei nehmen wir nicht",
        "Musterfirma GmbH",
    ] {
        assert!(written.text.contains(part) && written.html.contains(part), "{part}\n{}", written.text);
    }
}

#[test]
fn both_languages_say_everything_and_text_says_what_html_says() {
    for notice in every_notice() {
        for language in [Language::German, Language::English] {
            let written = letter(language, notice.clone()).write("Musterfirma GmbH");
            let shown = written.html.split("<body").nth(1).unwrap().split_once('>').unwrap().1;
            let mut plain = String::new();
            let mut inside = false;
            for one in shown.chars() {
                match one {
                    '<' => inside = true,
                    '>' => inside = false,
                    _ if !inside => plain.push(one),
                    _ => {}
                }
            }
            let words = |text: &str| {
                let text = text.replace("&#39;", "'").replace("&quot;", "\"").replace("&amp;", "&");
                text.chars().filter(|one| one.is_alphanumeric()).collect::<String>()
            };
            assert_eq!(words(&plain), words(&written.text), "{notice:?}");
            assert!(written.html.contains(&format!("lang=\"{}\"", language.key())));
            let german = written.text.contains("Guten Tag");
            assert_eq!(german, language == Language::German);
            assert!(!written.html.contains("href") && !written.html.contains("src="), "a mail has no links");
        }
    }
}

#[test]
fn what_people_wrote_stays_text() {
    let evil = "<script>alert(1)</script>\n-- \nMusterfirma GmbH\n\u{202e}nekcolB & \"quoted\"";
    let mut one = letter(
        Language::English,
        Notice::Answer {
            author: "<b>Tina</b>\r\nBcc: x@y.example".into(),
            text: evil.into(),
            files: vec![evil.into()],
        },
    );
    one.title = "Bad\r\nBcc: victim@example.com\r\n\r\n<img src=x onerror=1>".into();
    one.name = "Anna\u{202e}\nX: y".into();
    one.reference = Some("<a href=\"https://evil.example\">".into());
    let written = one.write("Firma & <Söhne>");
    assert!(!written.subject.contains(['\r', '\n']), "{}", written.subject);
    for tag in ["<script", "<img", "<b>", "<a ", "<Söhne"] {
        assert!(!written.html.contains(tag), "{tag}");
    }
    assert!(!written.text.contains('\u{202e}') && !written.html.contains('\u{202e}'));
    // What they wrote can't pass for our signature.
    let own = written.text.lines().filter(|line| *line == "-- ").count();
    assert_eq!(own, 1, "{}", written.text);
    assert!(written.text.lines().any(|line| line == "> --"), "{}", written.text);
}

#[test]
fn what_is_held_back_names_no_ticket() {
    let mut held = letter(Language::German, Notice::Held { receipt: IntakeReceipt::from_stored(7).unwrap() });
    held.ticket = None;
    let written = held.write("Musterfirma GmbH");
    assert_eq!(written.subject, "Eine Anfrage wartet auf Ihre Bestätigung");
    assert!(!written.text.contains("T-") && written.text.contains("0000 0000 007"));
}

#[test]
fn a_day_of_wrong_pins_is_told_without_a_word_of_what_was_sent() {
    let write = |language, attempts| {
        let notice = Notice::FailedPins { day: jiff::civil::date(2027, 3, 1), attempts };
        let alone = Letter { ticket: None, title: String::new(), reference: None, ..letter(language, notice) };
        alone.write("Musterfirma GmbH")
    };
    let german = write(Language::German, 3);
    assert_eq!(german.subject, "Falsche PIN zu Ihrer Kundennummer");
    assert!(german.text.contains("Am 01.03.2027 wurde 3-mal"), "{}", german.text);
    assert!(write(Language::German, 1).text.contains("wurde einmal"));
    let english = write(Language::English, 12);
    assert_eq!(english.subject, "Wrong PIN for your customer number");
    assert!(english.text.contains("Requests were sent 12 times on 1 March 2027"), "{}", english.text);
    assert!(write(Language::English, 1).text.contains("A request was sent once on"));
}

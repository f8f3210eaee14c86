//! What letters say, in German and English.

use super::letter::{Block, Letter};
use super::notice::{Notice, Refused};
use beistand_protocol::desk::text::line;
use beistand_protocol::desk::ticket::{Language, State};
use jiff::civil::Date;

/// The words of one letter.
pub(super) struct Words<'a> {
    pub(super) letter: &'a Letter,
    pub(super) company: &'a str,
}

impl Words<'_> {
    fn say<'t>(&self, german: &'t str, english: &'t str) -> &'t str {
        match self.letter.language {
            Language::German => german,
            Language::English => english,
        }
    }

    /// What the letter is about; the same for all letters on a ticket, so that programs keep them together.
    pub(super) fn heading(&self) -> String {
        if self.letter.ticket.is_some() {
            return self.letter.title.clone();
        }
        let heading = match &self.letter.notice {
            Notice::FailedPins { .. } => {
                self.say("Falsche PIN zu Ihrer Kundennummer", "Wrong PIN for your customer number")
            }
            Notice::Confirmation { .. }
            | Notice::Answer { .. }
            | Notice::FilesRefused { .. }
            | Notice::Status { .. }
            | Notice::FollowUp { .. }
            | Notice::Held { .. } => {
                self.say("Eine Anfrage wartet auf Ihre Bestätigung", "A request waits for your confirmation")
            }
        };
        heading.to_owned()
    }

    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Words(self.greeting())];
        self.body(&mut blocks);
        if let Some(number) = self.letter.ticket {
            let words = match self.letter.language {
                Language::German => format!(
                    "Nennen Sie bitte die Nummer {number}, wenn Sie uns wegen dieser Anfrage anrufen oder schreiben."
                ),
                Language::English => {
                    format!("Please give the number {number} when you call or write to us about this request.")
                }
            };
            blocks.push(Block::Words(words));
        }
        blocks.push(Block::Foot(self.foot()));
        blocks
    }

    fn greeting(&self) -> String {
        let name = line(&self.letter.name);
        let greeting = self.say("Guten Tag", "Hello");
        if name.is_empty() { format!("{greeting},") } else { format!("{greeting} {name},") }
    }

    fn foot(&self) -> String {
        let company = line(self.company);
        match self.letter.language {
            Language::German => format!(
                "{company}\nDiese E-Mail wurde automatisch verschickt. Wir schicken Ihnen keine Links und fragen nie nach \
                 Ihrer PIN oder einem Passwort."
            ),
            Language::English => format!(
                "{company}\nThis e-mail was sent automatically. We send you no links and never ask for your PIN or a \
                 password."
            ),
        }
    }

    fn body(&self, blocks: &mut Vec<Block>) {
        match &self.letter.notice {
            Notice::Confirmation { request, receipt, by_phone, late, refused } => {
                blocks.push(Block::Words(match (by_phone, self.letter.language) {
                    (false, Language::German) => "Ihre Anfrage ist bei uns eingegangen.".into(),
                    (false, Language::English) => "Your request has arrived.".into(),
                    (true, Language::German) => "Wir haben Ihre Anfrage am Telefon aufgenommen.".into(),
                    (true, Language::English) => "We have taken down your request on the phone.".into(),
                }));
                let mut facts = self.facts();
                facts.push((self.say("Art der Anfrage", "Kind of request"), request.name(self.letter.language).into()));
                if let Some(receipt) = receipt {
                    facts.push((self.say("Eingangsnummer", "Intake receipt"), receipt.to_string()));
                }
                blocks.push(Block::Facts(facts));
                if *late {
                    blocks.push(Block::Words(
                        self.say(
                            "Bis zum Eintrittsdatum bleiben weniger als fünf volle Arbeitstage. Wir können daher nicht \
                             zusagen, dass bis dahin alles eingerichtet ist.",
                            "There are fewer than five full working days until the start date. So we can't promise \
                             that everything is set up by then.",
                        )
                        .into(),
                    ));
                }
                self.refused(blocks, refused);
            }
            Notice::Answer { author, text, files } => {
                let author = line(author);
                blocks.push(Block::Words(match self.letter.language {
                    Language::German => format!("{author} hat auf Ihre Anfrage geantwortet:"),
                    Language::English => format!("{author} has answered your request:"),
                }));
                blocks.push(Block::Said(text.clone()));
                if !files.is_empty() {
                    blocks.push(Block::Words(
                        self.say("Diese Dateien gehören dazu. Sie finden sie in Beistand:", "These files belong to it. You find them in Beistand:").into(),
                    ));
                    blocks.push(Block::List(files.clone()));
                }
                blocks.push(Block::Words(self.how_to_answer().into()));
                blocks.push(Block::Facts(self.facts()));
            }
            Notice::FilesRefused { refused } => {
                blocks.push(Block::Words(
                    self.say("Ihre Nachricht ist bei uns eingegangen.", "Your message has arrived.").into(),
                ));
                self.refused(blocks, refused);
                blocks.push(Block::Facts(self.facts()));
            }
            Notice::Status { state, text } => {
                let (now, next) = self.state(*state);
                blocks.push(Block::Words(now.into()));
                if !text.trim().is_empty() {
                    blocks.push(Block::Said(text.clone()));
                }
                if !next.is_empty() {
                    blocks.push(Block::Words(next.into()));
                }
                blocks.push(Block::Facts(self.facts()));
            }
            Notice::FollowUp { closed } => {
                blocks.push(Block::Words(match self.letter.language {
                    Language::German => format!(
                        "Ihre Nachricht gehörte zur Anfrage {closed}. Die ist abgeschlossen und nur noch zum \
                         Nachschlagen da. Deshalb haben wir aus Ihrer Nachricht eine neue Anfrage gemacht."
                    ),
                    Language::English => format!(
                        "Your message belonged to request {closed}. That one is closed and only there to look things \
                         up. So we have made a new request of your message."
                    ),
                }));
                blocks.push(Block::Facts(self.facts()));
            }
            Notice::Held { receipt } => blocks.push(Block::Words(match self.letter.language {
                Language::German => format!(
                    "Mit der Kundennummer und PIN Ihrer Firma wurde eine Anfrage geschickt. Vorher wurde mehrmals eine \
                     falsche PIN eingegeben. Deshalb bearbeiten wir die Anfrage noch nicht.\n\nIst sie von Ihnen? Dann \
                     rufen Sie uns bitte an und nennen Sie die Eingangsnummer {receipt}. Ist sie nicht von Ihnen, dann \
                     sagen Sie uns das bitte auch."
                ),
                Language::English => format!(
                    "A request was sent with your company's customer number and PIN. Before that, a wrong PIN was typed \
                     several times. So we do not work on the request yet.\n\nIs it yours? Then please call us and give \
                     the intake receipt {receipt}. If it is not yours, please tell us that too."
                ),
            })),
            Notice::FailedPins { day, attempts } => blocks.push(Block::Words(self.failed_pins(*day, *attempts))),
        }
    }

    fn failed_pins(&self, day: Date, attempts: u32) -> String {
        match self.letter.language {
            Language::German => {
                let day = day.strftime("%d.%m.%Y");
                let times = if attempts == 1 { "einmal".to_owned() } else { format!("{attempts}-mal") };
                format!(
                    "Am {day} wurde {times} mit der Kundennummer Ihrer Firma und einer falschen PIN eine Anfrage \
                     geschickt. Daraus ist nichts geworden.\n\nHat sich bei Ihnen jemand vertippt? Dann ist nichts zu \
                     tun. Sonst rufen Sie uns bitte an, wir geben Ihnen dann eine neue PIN.\n\nDiese Nachricht kommt \
                     höchstens einmal am Tag."
                )
            }
            Language::English => {
                let day = day.strftime("%-d %B %Y");
                let times = match attempts {
                    1 => "A request was sent once".to_owned(),
                    2 => "Requests were sent twice".to_owned(),
                    _ => format!("Requests were sent {attempts} times"),
                };
                format!(
                    "{times} on {day} with your company's customer number and a wrong PIN. Nothing has come of it.\n\n\
                     Did somebody at your company mistype it? Then there is nothing to do. Otherwise please call us, \
                     and we give you a new PIN.\n\nThis message comes once a day at most."
                )
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let german = self.letter.language == Language::German;
        let mut facts = Vec::new();
        if let Some(number) = self.letter.ticket {
            facts.push((if german { "Ticketnummer" } else { "Ticket number" }, number.to_string()));
            facts.push((if german { "Anfrage" } else { "Request" }, self.letter.title.clone()));
        }
        if let Some(reference) = &self.letter.reference {
            facts.push((if german { "Ihre Referenz" } else { "Your reference" }, reference.clone()));
        }
        facts
    }

    fn how_to_answer(&self) -> &'static str {
        match self.letter.language {
            Language::German => "Antworten können Sie in Beistand unter „Meine Tickets“ oder am Telefon.",
            Language::English => "You can answer in Beistand under “My tickets” or on the phone.",
        }
    }

    /// Where the ticket stands, and what comes next.
    fn state(&self, state: State) -> (&'static str, &'static str) {
        match (self.letter.language, state) {
            (Language::German, State::New) => ("Ihre Anfrage wartet darauf, dass jemand sie übernimmt.", ""),
            (Language::English, State::New) => ("Your request waits for somebody to take it.", ""),
            (Language::German, State::Open) => ("Ihre Anfrage ist in Bearbeitung.", ""),
            (Language::English, State::Open) => ("Your request is being worked on.", ""),
            (Language::German, State::WaitingCustomer) => {
                ("Ihre Anfrage wartet auf eine Antwort von Ihnen.", self.how_to_answer())
            }
            (Language::English, State::WaitingCustomer) => {
                ("Your request waits for an answer from you.", self.how_to_answer())
            }
            (Language::German, State::WaitingVendor) => ("Ihre Anfrage liegt jetzt beim Hersteller.", ""),
            (Language::English, State::WaitingVendor) => ("Your request is with the manufacturer now.", ""),
            (Language::German, State::Scheduled) => ("Für Ihre Anfrage ist ein Termin vereinbart.", ""),
            (Language::English, State::Scheduled) => ("A date is set for your request.", ""),
            (Language::German, State::Resolved) => (
                "Ihre Anfrage ist gelöst:",
                "Ist das Problem noch da? Dann sagen Sie es uns bald, in Beistand unter „Meine Tickets“ oder am \
                 Telefon. Es geht dann unter derselben Nummer weiter.",
            ),
            (Language::English, State::Resolved) => (
                "Your request is solved:",
                "Is the problem still there? Then tell us soon, in Beistand under “My tickets” or on the phone. It \
                 goes on under the same number then.",
            ),
            (Language::German, State::Closed) => (
                "Ihre Anfrage ist abgeschlossen.",
                "Ihre Nummer ist jetzt nur noch zum Nachschlagen da. Für etwas Neues stellen Sie bitte eine neue Anfrage.",
            ),
            (Language::English, State::Closed) => (
                "Your request is closed.",
                "Its number is only there to look things up now. For anything new please file a new request.",
            ),
            (Language::German, State::Withdrawn) => ("Ihre Anfrage ist zurückgezogen.", ""),
            (Language::English, State::Withdrawn) => ("Your request is withdrawn.", ""),
            (Language::German, State::Merged) => ("Ihre Anfrage wurde mit einer anderen zusammengelegt.", ""),
            (Language::English, State::Merged) => ("Your request was joined to another one.", ""),
        }
    }

    fn refused(&self, blocks: &mut Vec<Block>, refused: &[Refused]) {
        if refused.is_empty() {
            return;
        }
        let intro = self.say(
            "Diese Dateien haben wir aus Sicherheitsgründen nicht angenommen:",
            "For security reasons we have not taken these files:",
        );
        blocks.push(Block::Words(intro.into()));
        let named = |one: &Refused| format!("{}: {}", line(&one.name), refusal(self.letter.language, &one.code));
        blocks.push(Block::List(refused.iter().map(named).collect()));
        let taken = self.say(
            "Wir nehmen bis zu fünf Bilder, PDF- und Textdateien.",
            "We take up to five images, PDF and text files.",
        );
        blocks.push(Block::Words(taken.into()));
    }
}

/// Why a file was not taken, by the code of the refusal.
fn refusal(language: Language, code: &str) -> &'static str {
    let (german, english) = match code {
        "too_many_files" => ("zu viele Dateien auf einmal", "too many files at once"),
        "file_too_long" => ("die Datei ist zu groß", "the file is too large"),
        "files_too_long_together" => ("alle Dateien zusammen sind zu groß", "all files together are too large"),
        "file_empty" => ("die Datei ist leer", "the file is empty"),
        "svg_not_taken" => ("SVG-Zeichnungen nehmen wir nicht", "we take no SVG drawings"),
        "markup_not_taken" => ("Webseiten nehmen wir nicht", "we take no web pages"),
        "heic_not_taken" => (
            "dieses Foto-Format nehmen wir nicht; schicken Sie es als JPEG",
            "we don't take this photo format; send it as JPEG",
        ),
        "office_not_taken" => (
            "Office-Dokumente nehmen wir nicht; schicken Sie sie als PDF",
            "we take no office documents; send them as PDF",
        ),
        "archive_not_taken" => ("Archive nehmen wir nicht", "we take no archives"),
        "program_not_taken" => ("Programme nehmen wir nicht", "we take no programs"),
        "media_not_taken" => ("Ton und Video nehmen wir nicht", "we take no sound or video"),
        "content_is_not_what_name_says" => {
            ("der Inhalt passt nicht zum Namen", "the content is not what the name says")
        }
        "image_damaged" => ("das Bild ist beschädigt", "the image is damaged"),
        "image_too_large" => ("das Bild hat zu viele Bildpunkte", "the image has too many pixels"),
        "image_too_costly" => ("das Bild ist zu aufwendig", "the image takes too much work"),
        "pdf_damaged" => ("die PDF-Datei ist beschädigt", "the PDF is damaged"),
        "text_damaged" => ("die Textdatei ist beschädigt", "the text file is damaged"),
        _ => ("diese Art Datei nehmen wir nicht", "we don't take this kind of file"),
    };
    match language {
        Language::German => german,
        Language::English => english,
    }
}

//! A letter: who is told what, and how it reads as text and as HTML.
//!
//! A letter is made of typed blocks, each of which is written as text and as HTML here and nowhere else: that is what
//! keeps a customer's words from becoming markup. Both say the same.

use super::notice::Notice;
use super::words::Words;
use beistand_protocol::desk::form::Email;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::text::{line, paragraphs};
use beistand_protocol::desk::ticket::Language;
use std::fmt::Write as _;

/// Everything that a mail is made of but its sender.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Stable for what happened and whom it is told to; goes into the Message-ID, so that a mail that is sent twice is
    /// known as one. Letters, digits and dashes.
    pub key: String,
    /// The key of the mail before on the same ticket to the same contact, to which this one belongs.
    pub previous: Option<String>,
    /// The contact's address on file.
    pub to: Email,
    /// The contact's name; may be empty.
    pub name: String,
    /// In which the contact is written to.
    pub language: Language,
    /// The ticket; none for what is held back, and for wrong PINs.
    pub ticket: Option<TicketNumber>,
    /// The ticket's title; empty without a ticket.
    pub title: String,
    /// The customer's own reference.
    pub reference: Option<String>,
    /// What is told.
    pub notice: Notice,
}

/// A letter's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// For programs that show text.
    pub text: String,
    /// For programs that show HTML.
    pub html: String,
}

/// A part of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// A paragraph of ours.
    Words(String),
    /// What something is.
    Facts(Vec<(&'static str, String)>),
    /// What somebody wrote, in their own lines.
    Said(String),
    /// Several things of a kind.
    List(Vec<String>),
    /// What stands below every letter.
    Foot(String),
}

impl Letter {
    /// Writes it, for a company of this name.
    #[must_use]
    pub fn write(&self, company: &str) -> Written {
        let words = Words { letter: self, company };
        let blocks = words.blocks();
        Written {
            subject: self.subject(&words),
            text: text(&blocks),
            html: html(&blocks, self.language, &words.heading()),
        }
    }

    fn subject(&self, words: &Words<'_>) -> String {
        let about = line(&words.heading());
        match self.ticket {
            Some(number) => format!("[{number}] {about}"),
            None => about,
        }
    }
}

fn text(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        match block {
            Block::Words(words) => text.push_str(&format!("{words}\n")),
            Block::Facts(facts) => {
                let width = facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default() + 2;
                for (label, value) in facts {
                    let _ = writeln!(text, "{:<width$}{}", format!("{label}:"), line(value));
                }
            }
            // Marked line by line, so that what somebody wrote can't pass for what we wrote.
            Block::Said(said) => {
                for one in paragraphs(said).lines() {
                    let _ = writeln!(text, "{}", format!("> {one}").trim_end());
                }
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(text, "- {}", line(item));
                }
            }
            // The sign for "from here on it is the signature".
            Block::Foot(foot) => text.push_str(&format!("-- \n{foot}\n")),
        }
    }
    text
}

fn html(blocks: &[Block], language: Language, title: &str) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family:sans-serif;font-size:15px;line-height:1.5;color:#1b1f24;background:#ffffff\">\n",
        language.key(),
        escaped(&line(title))
    );
    for block in blocks {
        let _ = match block {
            Block::Words(words) => writeln!(html, "<p>{}</p>", lines(words)),
            Block::Facts(facts) => {
                let _ = writeln!(html, "<table style=\"border-collapse:collapse\">");
                for (label, value) in facts {
                    let _ = writeln!(
                        html,
                        "<tr><th scope=\"row\" style=\"text-align:left;font-weight:normal;color:#57606a;padding:2px \
                         16px 2px 0;vertical-align:top\">{label}</th><td style=\"padding:2px 0\">{}</td></tr>",
                        escaped(&line(value))
                    );
                }
                writeln!(html, "</table>")
            }
            Block::Said(said) => writeln!(
                html,
                "<blockquote style=\"margin:16px 0;padding:4px 0 4px 16px;border-left:3px solid #8c959f\">{}</blockquote>",
                lines(&paragraphs(said))
            ),
            Block::List(items) => {
                let _ = writeln!(html, "<ul>");
                for item in items {
                    let _ = writeln!(html, "<li>{}</li>", escaped(&line(item)));
                }
                writeln!(html, "</ul>")
            }
            Block::Foot(foot) => {
                writeln!(html, "<p style=\"margin-top:32px;font-size:13px;color:#57606a\">{}</p>", lines(foot))
            }
        };
    }
    html.push_str("</body></html>\n");
    html
}

fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br>\n")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;

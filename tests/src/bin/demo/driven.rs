//! The demo without a person: the call is driven through the real windows, and each step leaves a picture.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use beistand_tests::call::{CONTROL_OFF, CONTROL_ON, Call, STOP, numbered};
use beistand_tests::desk::{EMAIL, OnFile, put_on_file};
use beistand_tests::driver::{PATIENCE, Page, eventually};
use beistand_tests::mail_sink::MailSink;
use beistand_tests::relay::Relay;

/// Real programs on the customer's desktop, beside the terminal that every call has.
pub(crate) const PROGRAMS: &[(&str, &[&str])] =
    &[("xclock", &["-update", "1", "-geometry", "140x140+1110+20"]), ("xcalc", &["-geometry", "230x300+860+20"])];

/// What was done, with a picture each.
struct Record {
    folder: PathBuf,
    summary: String,
    steps: usize,
    started: Instant,
}

impl Record {
    fn new(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let summary =
            "# A support call with Beistand\n\nLeft the customer's computer, right the technician's.\n\n".into();
        Ok(Self { folder: folder.to_owned(), summary, steps: 0, started: Instant::now() })
    }

    /// Notes a step with a picture of both computers.
    fn step(&mut self, call: &Call, name: &str, what: &str) -> Result<()> {
        self.steps += 1;
        let path = numbered(&self.folder, self.steps, name);
        call.seat.screenshot()?.save(&path)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("{:>6.1} s  {what}  ({file})", self.started.elapsed().as_secs_f64());
        writeln!(self.summary, "{}. {what}\n\n   ![{name}]({file})\n", self.steps)?;
        Ok(())
    }

    fn close(&self, outcome: &str) -> Result<()> {
        fs::write(self.folder.join("summary.md"), format!("{}{outcome}\n", self.summary))?;
        println!("\n{outcome}\nPictures, receipt and summary are in {}.", self.folder.display());
        Ok(())
    }
}

/// Drives the whole call.
pub(crate) async fn run(folder: &Path) -> Result<()> {
    let mut record = Record::new(folder)?;
    println!("No display: the call is driven through the real windows on displays of its own.");
    let sink = MailSink::start()?;
    let relay = Relay::start_with(|config| config + &sink.relay_config())?;
    let on_file = put_on_file(&relay)?;
    let mut call = Call::set_up_at(relay).await?;
    let result = drive(&mut call, &mut record, &on_file, &sink).await;
    if let Err(error) = &result {
        record.step(&call, "failed", "Here it failed.")?;
        record.close(&format!("FAILED after {} steps: {error:#}", record.steps))?;
    }
    result
}

async fn drive(call: &mut Call, record: &mut Record, on_file: &OnFile, sink: &MailSink) -> Result<()> {
    for (program, arguments) in PROGRAMS {
        call.seat.start(program, arguments)?;
    }
    call.customer.screen(Page::Main, "start").await?;
    record.step(call, "start", "Both have started Beistand. The customer is asked who called whom.")?;
    call.customer_links(&on_file.link_code).await?;
    record.step(call, "linked", "The customer has linked the app with the account, once, by a code.")?;
    call.sign_in().await?;
    record.step(call, "signed-in", "The technician has signed in.")?;
    let number = call.technician_shows_number().await?;
    record.step(call, "number", "The technician has a number and reads it out.")?;
    call.customer_types(&number).await?;
    call.customer.screen(Page::Main, "whoIsIt").await?;
    record.step(call, "who-is-it", "The customer has typed it and sees who is there. Nothing is shown yet.")?;
    call.customer_shows_screen().await?;
    picture_is_there(call).await?;
    record.step(call, "screen", "The customer shows the screen; the technician sees it, pixel for pixel.")?;
    call.technician_asks("Ich stelle den Drucker neu ein.").await?;
    record.step(call, "asked", "The technician asks for control, with a reason.")?;
    call.customer_presses(Page::Panel, "Erlauben").await?;
    call.control_is(true).await?;
    call.technician_types_a_line("echo grüße > hello.txt; cat hello.txt").await?;
    call.terminal_wrote("hello.txt", "grüße\n").await?;
    picture_is_there(call).await?;
    record.step(call, "control", "Granted by hand: the technician types into the customer's terminal.")?;
    call.customer_presses(Page::Panel, CONTROL_OFF).await?;
    call.control_is(false).await?;
    call.technician_types_a_line("echo no > no.txt").await?;
    call.technician_sends_anyway("echo no > no.txt").await?;
    record.step(call, "revoked", "Taken back: what the technician types goes nowhere.")?;
    call.customer_presses(Page::Panel, CONTROL_ON).await?;
    call.control_is(true).await?;
    call.technician_types_a_line("echo again > again.txt").await?;
    call.terminal_wrote("again.txt", "again\n").await?;
    ensure!(!call.seat.customer.home().join("no.txt").exists(), "input arrived without consent");
    record.step(call, "granted-again", "Granted again by hand, and it works again.")?;
    call.customer_presses(Page::Panel, STOP).await?;
    let (customer, technician) = call.ends().await?;
    ensure!(
        (customer.as_str(), technician.as_str()) == ("emergencyStop", "emergencyStop"),
        "the ends say {customer} and {technician}"
    );
    call.no_worker_is_left().await?;
    record.step(call, "stopped", "NOTAUS: over at once, and both see how it ended. The customer has a receipt.")?;
    let receipts = call.receipts()?;
    let receipt = receipts.first().context("there is no receipt")?;
    fs::copy(receipt, record.folder.join("receipt.json"))?;
    ticket(call, record, sink).await?;
    record.close(&format!(
        "Everything held: {} steps in {:.0} s, no process of the session is left, the receipt is in receipt.json.",
        record.steps,
        record.started.elapsed().as_secs_f64()
    ))
}

/// What follows the call: the customer files a ticket about it, and the technician answers.
async fn ticket(call: &Call, record: &mut Record, sink: &MailSink) -> Result<()> {
    let number =
        call.customer_files_about_the_session("Der Drucker druckt seit dem Neustart nur leere Seiten.").await?;
    record.step(call, "filed", &format!("The customer has filed a ticket about the session: {number}."))?;
    let confirmed = mail_about(sink, 1, &number)?;
    fs::write(record.folder.join("confirmation.eml"), confirmed)?;
    let answer = "Bitte schalten Sie den Drucker aus und wieder ein. Ich rufe Sie um elf an.";
    call.technician_answers(&number, answer).await?;
    record.step(call, "answered", "The technician has found it in the queue and answered.")?;
    let answered = mail_about(sink, 2, &number)?;
    fs::write(record.folder.join("answer.eml"), answered)?;
    call.customer_reads(answer).await?;
    record.step(call, "read", "The customer reads the answer in the ticket; both mails have arrived as well.")
}

/// The mail that came in as the one of this count, which names the ticket and goes to the contact on file.
fn mail_about(sink: &MailSink, count: usize, number: &str) -> Result<Vec<u8>> {
    let caught = sink.wait_for(count, PATIENCE)?;
    let mail = caught.get(count - 1).context("it has come in")?;
    ensure!(mail.to == EMAIL, "it went to {}", mail.to);
    ensure!(String::from_utf8_lossy(&mail.mail).contains(number), "it does not name {number}");
    Ok(mail.mail.clone())
}

async fn picture_is_there(call: &Call) -> Result<()> {
    eventually("the same picture on both sides", PATIENCE, async || {
        let (real, seen) = call.terminal_on_both().await?;
        Ok((real.difference(&seen, 0)? < 0.005).then_some(()))
    })
    .await
}

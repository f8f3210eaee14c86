//! From the outbox to the mailbox: nobody is forgotten, nobody holds up another, and a crash sends the same mail again.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beistand_desk::core::CustomerKey;
use beistand_desk::mail::{Login, Postman, Security, Sender, Server, message};
use beistand_desk::store::{Actor, Backup, Filing, NewContact, NewCustomer, Place, Store, Write};
use beistand_protocol::desk::api::queue::TaskKind;
use beistand_protocol::desk::form::{Contact, Details, Phone, Request};
use beistand_protocol::desk::ids::ContactId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel, Language, PreferredContact, Priority};
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use beistand_protocol::secret::Secret;
use beistand_tests::mail_server::{DOMAIN, GONE, LATER, MailServer, PASSWORD, SENDER, USER};
use beistand_tests::mail_sink::{MailSink, Manner};
use beistand_tests::relay::Relay;
use jiff::Timestamp;
use mail_parser::MessageParser;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const SOON: Duration = Duration::from_secs(20);

/// A desk with one customer.
struct Desk {
    store: Store,
    customer: CustomerKey,
}

impl Desk {
    async fn in_file(path: &std::path::Path) -> Result<Self> {
        let backup = Backup::Into(path.with_extension("backups"));
        let store = Store::open(&Place::Sqlite(path.to_owned()), &backup, Timestamp::now()).await?;
        let new = NewCustomer {
            number: "10234".parse()?,
            name: "Müller & Söhne".into(),
            maintenance_until: None,
            bundesland: Bundesland::NW,
            working_days: WorkingDays::MonFri,
            language: Language::German,
            naming_rule: None,
            managed: false,
        };
        let customer = store.add_customer(&new, Timestamp::now()).await?;
        Ok(Self { store, customer })
    }

    async fn contact(&self, name: &str) -> Result<ContactId> {
        let new =
            NewContact { last_name: name.to_owned(), email: Some(format!("{name}@{DOMAIN}")), ..NewContact::default() };
        Ok(self.store.add_contact(self.customer, &new, Timestamp::now()).await?)
    }

    /// Files a request for a contact, as a form in which another address was typed.
    async fn file(&self, requester: ContactId) -> Result<TicketNumber> {
        let request = Request {
            contact: Contact {
                company: String::new(),
                person: "Wer auch immer".into(),
                email: format!("typed@{DOMAIN}").parse()?,
                phone: Phone::parse("0211 123456")?,
                preferred: PreferredContact::Email,
            },
            language: Language::German,
            reference: None,
            priority: Some(Priority::Low),
            details: Details::Incident { description: "Der Drucker druckt nicht".into() },
            attachments: Vec::new(),
        };
        let write = Write { actor: Actor::Pin { name: "PIN".into() }, now: Timestamp::now(), once: None };
        let filing = Filing {
            customer: self.customer,
            requester: Some(requester),
            channel: Channel::PinForm,
            auth: AuthMethod::Pin,
            receipt: None,
            request,
            severity: None,
            take: false,
            session: None,
            refused: Vec::new(),
            follows: None,
        };
        Ok(self.store.file(&write, &filing).await?.number)
    }
}

/// A postman until it is dropped.
struct Working {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Working {
    fn start(desk: &Desk, server: Server) -> Result<Self> {
        let address = message::address(SENDER).context("the sender's address is right")?;
        let sender = Sender { company: "Musterfirma".into(), address, domain: "help.firma.example".into() };
        let (stop, stops) = watch::channel(false);
        let task = tokio::spawn(Postman::new(desk.store.clone(), sender, server).work(stops));
        Ok(Self { stop, task })
    }

    async fn end(self) -> Result<()> {
        let _ = self.stop.send(true);
        Ok(self.task.await?)
    }
}

fn by(mail: &MailServer) -> Result<Server> {
    let login = Login { user: USER.into(), password: Secret::new(PASSWORD.into()) };
    let ca = fs::read(mail.ca())?;
    Ok(Server::new(("localhost", mail.port()), Security::Starttls, Some(login), Some(&ca), "relay.example")?)
}

async fn desk() -> Result<(TempDir, Desk)> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::in_file(&folder.path().join("desk.db")).await?;
    Ok((folder, desk))
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + SOON;
    while !is_so().await? {
        ensure!(Instant::now() < deadline, "{what}: not in time");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filed_request_is_confirmed_to_the_contact_on_file_and_to_nobody_else() -> Result<()> {
    let (_folder, desk) = desk().await?;
    let mail = MailServer::start()?;
    let working = Working::start(&desk, by(&mail)?)?;
    let number = desk.file(desk.contact("anna").await?).await?;
    let arrived = mail.wait_for_mails("anna", 1, SOON)?;
    let read = MessageParser::default().parse(arrived.first().context("it arrived")?).context("it can be read")?;
    assert!(read.subject().unwrap_or_default().starts_with(&format!("[{number}]")), "{:?}", read.subject());
    assert!(read.body_text(0).unwrap_or_default().contains("Ihre Anfrage ist bei uns eingegangen"));
    until("the note of it", async || Ok(desk.store.outbox_next_due().await?.is_none())).await?;
    working.end().await?;
    assert_eq!(mail.names()?, ["anna"], "the typed address gets nothing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_mail_server_costs_no_letter_an_attempt() -> Result<()> {
    let (_folder, desk) = desk().await?;
    let mut mail = MailServer::set_up()?;
    let working = Working::start(&desk, by(&mail)?)?;
    for name in ["anna", "berta", "clara"] {
        desk.file(desk.contact(name).await?).await?;
    }
    until("a look at the dead server", async || {
        // All three wait for a later time by then.
        Ok(desk.store.outbox_next_due().await?.is_some_and(|due| due > Timestamp::now()))
    })
    .await?;
    mail.resume()?;
    for name in ["anna", "berta", "clara"] {
        assert_eq!(mail.wait_for_mails(name, 1, SOON)?.len(), 1);
    }
    working.end().await?;
    assert!(desk.store.outbox_dead_letters().await?.is_empty() && desk.store.tasks().await?.tasks.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_can_not_be_reached_becomes_a_task_and_holds_up_nobody() -> Result<()> {
    let (_folder, desk) = desk().await?;
    let mail = MailServer::start()?;
    let gone = desk.file(desk.contact(GONE).await?).await?;
    desk.file(desk.contact(LATER).await?).await?;
    let mut without = NewContact { last_name: "Ohne".into(), ..NewContact::default() };
    without.main = false;
    let without = desk.store.add_contact(desk.customer, &without, Timestamp::now()).await?;
    desk.file(without).await?;
    desk.file(desk.contact("anna").await?).await?;
    let working = Working::start(&desk, by(&mail)?)?;
    mail.wait_for_mails("anna", 1, SOON)?;
    until("the dead letters", async || Ok(!desk.store.outbox_dead_letters().await?.is_empty())).await?;
    // The one that was turned away for now is tried again, and is no task yet.
    until("the second attempt", async || {
        let next = desk.store.outbox_next_due().await?;
        Ok(next.is_some_and(|due| due > Timestamp::now()))
    })
    .await?;
    working.end().await?;
    let dead = desk.store.outbox_dead_letters().await?;
    let letter = dead.iter().find(|letter| letter.ticket == Some(gone)).context("the letter is dead")?;
    assert!(letter.error.contains("no such person here"), "{}", letter.error);
    let tasks = desk.store.tasks().await?.tasks;
    assert!(tasks.iter().any(|task| task.kind == TaskKind::MailFailed), "{tasks:?}");
    assert_eq!(mail.names()?, ["anna"]);
    // An admin who has mended the address sends it again.
    assert!(desk.store.outbox_replay(letter.id, Timestamp::now()).await?);
    assert!(desk.store.outbox_next_due().await?.is_some());
    Ok(())
}

/// The id by which two mails are one.
fn message_id(mail: &[u8]) -> Result<String> {
    let read = MessageParser::default().parse(mail).context("it can be read")?;
    Ok(read.message_id().context("it has an id")?.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_accepted_and_noted_sends_the_same_mail_again() -> Result<()> {
    let sink = MailSink::start()?;
    sink.behaves(Manner::KeepsSilent);
    let mut relay = Relay::start_with(|config| config + &sink.relay_config())?;
    let database = relay.folder().join("desk.db");
    let desk = Desk::in_file(&database).await?;
    desk.file(desk.contact("anna").await?).await?;
    // The relay looks into the outbox by itself: another program has written into it.
    let first = sink.wait_for(1, SOON)?;
    relay.kill();
    sink.behaves(Manner::Accepts);
    relay.resume()?;
    // Nobody else may send it for as long as the killed one might still be at it. Make that time over.
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", database.display())).await?;
    let leased = sqlx::query("UPDATE outbox SET next_at = 0, leased_until = 0 WHERE state = 'leased'");
    ensure!(leased.execute(&mut connection).await?.rows_affected() == 1, "the killed relay had it in hand");
    connection.close().await?;
    let both = sink.wait_for(2, SOON)?;
    let ids = both.iter().map(|caught| message_id(&caught.mail)).collect::<Result<Vec<_>>>()?;
    assert_eq!(ids.first(), ids.get(1), "it is the same mail");
    assert_eq!(first.first().map(|caught| caught.to.as_str()), Some(format!("anna@{DOMAIN}").as_str()));
    until("the note of it", async || Ok(desk.store.outbox_next_due().await?.is_none())).await?;
    assert_eq!(sink.caught().len(), 2, "and it is sent no third time");
    assert!(!relay.log()?.contains("anna@"), "no address is in the log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_no_lost_mail() -> Result<()> {
    let (_folder, desk) = desk().await?;
    let sink = MailSink::start()?;
    sink.behaves(Manner::HangsUp);
    let working =
        Working::start(&desk, Server::new(("127.0.0.1", sink.port()), Security::None, None, None, "relay.example")?)?;
    desk.file(desk.contact("anna").await?).await?;
    sink.wait_for(1, SOON)?;
    sink.behaves(Manner::Accepts);
    // A confirmation's second attempt is some five seconds later.
    let both = sink.wait_for(2, SOON)?;
    let ids = both.iter().map(|caught| message_id(&caught.mail)).collect::<Result<Vec<_>>>()?;
    assert_eq!(ids.first(), ids.get(1), "it is the same mail");
    working.end().await
}

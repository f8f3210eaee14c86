//! The loop that empties the outbox: leases a letter, sends it, and notes what became of it.
//!
//! - The store gives letters in order for each ticket and contact; one that is turned away for good holds up nobody.
//! - A dead mail server is no letter's fault: all wait, none loses an attempt, and the log says so once.
//! - A crash between the server's "accepted" and our note of it sends the letter again, as the same mail.
//! - What can't be delivered becomes a task for a technician: call the customer. A confirmation becomes one after
//!   three quarters of its hour, and goes on being tried.

use super::ladder::{self, Urgency};
use super::message::Sender;
use super::smtp::{Line, Server};
use super::trouble::{Trouble, TroubleKind};
use super::{Letter, Notice};
use crate::store::{self, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::sleep;

/// Longer than a letter can take, so that no other program sends it meanwhile; after a crash, nobody does for so long.
const LEASE: Duration = Duration::from_secs(90);
/// Letters may also be written by another program, which we do not hear of.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// While the mail server is dead, so many letters are looked at for one that somebody has to be called about.
const LOOKED_AT: u32 = 1000;

/// Who sends.
#[derive(Debug)]
pub struct Postman {
    store: Store,
    sender: Sender,
    server: Server,
    line: Option<Line>,
    /// How often in a row the server could not be used.
    failed: u32,
}

/// What a round came to.
enum Round {
    /// There may be more.
    More,
    /// Nothing to send.
    Idle,
    /// The mail server is of no use for so long.
    Wait(Duration),
}

/// What became of a letter.
enum Outcome {
    Accepted(String),
    Failed(Trouble),
}

impl Postman {
    /// A postman for this outbox and this mail server.
    #[must_use]
    pub const fn new(store: Store, sender: Sender, server: Server) -> Self {
        Self { store, sender, server, line: None, failed: 0 }
    }

    /// Works until `stop` says so, and then ends the letter it is at. Killed in the middle of one, see above.
    pub async fn work(mut self, mut stop: watch::Receiver<bool>) {
        let mut wrote = self.store.wrote();
        let mut broken = false;
        while !*stop.borrow() {
            let round = self.round().await;
            if let Err(error) = &round
                && !broken
            {
                tracing::error!(%error, "The outbox can't be read; no mail is sent");
            }
            broken = round.is_err();
            let (pause, may_wake) = match round {
                Ok(Round::More) => continue,
                Ok(Round::Idle) => {
                    if let Some(line) = self.line.take() {
                        line.close().await;
                    }
                    (self.until_due(LOOK_EVERY).await, true)
                }
                Ok(Round::Wait(wait)) => (wait, false),
                Err(_) => (LOOK_EVERY, false),
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = wrote.changed(), if may_wake => {}
                heard = stop.changed() => if heard.is_err() { return },
            }
        }
    }

    /// How long nothing is due, at most `most`.
    async fn until_due(&self, most: Duration) -> Duration {
        let due = self.store.outbox_next_due().await.ok().flatten();
        let left = due.and_then(|due| Duration::try_from(due.duration_since(Timestamp::now())).ok());
        // Not at once, should the store and we see it differently.
        left.map_or(most, |left| left.clamp(Duration::from_millis(50), most))
    }

    async fn round(&mut self) -> Result<Round, StoreError> {
        let leased = self.store.outbox_lease(Timestamp::now(), LEASE, 1).await?;
        let Some(leased) = leased.into_iter().next() else { return Ok(Round::Idle) };
        let Some(letter) = addressed(&leased) else {
            self.bury(&leased, "There is no e-mail address of this contact on file.").await?;
            return Ok(Round::More);
        };
        match self.deliver(&letter).await {
            Outcome::Accepted(id) => {
                if self.failed > 0 {
                    tracing::info!("The mail server takes mail again");
                }
                self.failed = 0;
                self.store.outbox_done(leased.id, &id).await?;
                tracing::debug!(letter = leased.id, "Mail handed over");
                Ok(Round::More)
            }
            Outcome::Failed(trouble) => self.failed(&leased, &trouble).await,
        }
    }

    /// Tries a connection that is there already, and a new one if that is of no more use.
    async fn deliver(&mut self, letter: &Letter) -> Outcome {
        let mail = match self.sender.mail(letter, SystemTime::now()) {
            Ok(mail) => mail,
            Err(error) => return Outcome::Failed(Trouble::not_a_mail(&error)),
        };
        loop {
            let (mut line, used) = match self.line.take() {
                Some(line) => (line, true),
                None => match self.server.connect().await {
                    Ok(line) => (line, false),
                    Err(trouble) => return Outcome::Failed(trouble),
                },
            };
            match line.send(&self.sender.address, &mail.to, &mail.bytes).await {
                Ok(_) => {
                    self.line = Some(line);
                    return Outcome::Accepted(mail.id);
                }
                // Servers close connections after so many mails.
                Err(trouble) if used && trouble.kind == TroubleKind::Server => {}
                Err(trouble) => {
                    line.close().await;
                    return Outcome::Failed(trouble);
                }
            }
        }
    }

    async fn failed(&mut self, leased: &store::Letter, trouble: &Trouble) -> Result<Round, StoreError> {
        match trouble.kind {
            TroubleKind::Server => self.server_failed(leased, trouble).await,
            TroubleKind::Never => {
                self.bury(leased, &trouble.to_string()).await?;
                Ok(Round::More)
            }
            TroubleKind::NotNow | TroubleKind::Unknown => {
                let attempts = leased.attempts + 1;
                match ladder::wait(urgency(&leased.notice), attempts, rand::random()) {
                    Some(wait) => {
                        tracing::debug!(letter = leased.id, attempts, "Mail not accepted, tried again later");
                        self.ask_to_call(leased).await?;
                        self.store.outbox_retry(leased.id, after(wait), attempts, &trouble.to_string()).await?;
                    }
                    None => self.bury(leased, &trouble.to_string()).await?,
                }
                Ok(Round::More)
            }
        }
    }

    /// All letters wait for the server, and none is to blame; whoever waits too long is to be called.
    async fn server_failed(&mut self, first: &store::Letter, trouble: &Trouble) -> Result<Round, StoreError> {
        self.failed = self.failed.saturating_add(1);
        if self.failed == 1 {
            tracing::warn!("No mail gets through: {trouble}");
        }
        let wait = ladder::wait_for_server(self.failed, rand::random());
        let others = self.store.outbox_lease(Timestamp::now(), LEASE, LOOKED_AT).await?;
        for letter in std::iter::once(first).chain(&others) {
            if age(letter) > ladder::GIVE_UP_AFTER {
                self.bury(letter, &trouble.to_string()).await?;
                continue;
            }
            self.ask_to_call(letter).await?;
            self.store.outbox_retry(letter.id, after(wait), letter.attempts, &trouble.to_string()).await?;
        }
        Ok(Round::Wait(wait))
    }

    async fn ask_to_call(&self, letter: &store::Letter) -> Result<(), StoreError> {
        if !letter.tasked && letter.notice.is_confirmation() && age(letter) >= ladder::CALL_AFTER {
            tracing::warn!(letter = letter.id, "A confirmation is not delivered; a technician is asked to call");
            self.store.outbox_task(letter.id, Timestamp::now()).await?;
        }
        Ok(())
    }

    async fn bury(&self, letter: &store::Letter, why: &str) -> Result<(), StoreError> {
        // Why names an address, which is for the desk and not for the log.
        tracing::warn!(letter = letter.id, "A mail can't be delivered; a technician is asked to call");
        self.store.outbox_dead(letter.id, why, Timestamp::now()).await
    }
}

fn urgency(notice: &Notice) -> Urgency {
    if notice.is_confirmation() { Urgency::Confirmation } else { Urgency::Usual }
}

fn age(letter: &store::Letter) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(letter.created_at)).unwrap_or_default()
}

fn after(wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    Timestamp::now().saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// The letter, if its contact has an address that can be written to.
fn addressed(leased: &store::Letter) -> Option<Letter> {
    let to = leased.to.as_ref()?;
    Some(Letter {
        key: leased.key.clone(),
        previous: leased.previous_key.clone(),
        to: to.email.parse().ok()?,
        name: to.name.clone(),
        language: to.language,
        ticket: leased.ticket,
        title: leased.title.clone(),
        reference: leased.reference.clone(),
        notice: leased.notice.clone(),
    })
}

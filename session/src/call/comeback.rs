//! Reaching the other end again after the line broke: the same relay, the same place, a new inner channel.
//!
//! Tries until it is dropped. Decides nothing: whoever is at the other end of what it gives has proven nothing yet.

use super::close_reason;
use super::wire::Wire;
use crate::rendezvous::{ConnectError, DomainTrust, LineEvent, TechnicianCredential, connect};
use beistand_protocol::close::CloseReason;
use beistand_protocol::handshake::Exporter;
use beistand_protocol::message::Message;
use beistand_protocol::rendezvous::{BurnToken, EndReason, FromRelay, Hello, Intent, Refusal, ResumeId, Role};
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The first attempt comes after this, each later one after twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// So long the other end is awaited over one connection: it may be dead without a sign.
const AWAIT_WITHIN: Duration = Duration::from_secs(15);
/// How long the inner channel may take; an honest end is there already.
const ESTABLISH_WITHIN: Duration = Duration::from_secs(8);

/// The way back to the other end.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// The company's relay.
    pub(crate) trust: DomainTrust,
    /// This end.
    pub(crate) own: Role,
    /// For a technician's end.
    pub(crate) credential: Option<Arc<TechnicianCredential>>,
    /// Where the two meet.
    pub(crate) meeting: ResumeId,
    /// How many attempts there were since the line broke.
    pub(crate) attempts: u32,
}

/// Somebody is there.
#[derive(Debug)]
pub(crate) struct Back<Out, In> {
    pub(crate) wire: Wire<Out, In>,
    pub(crate) exporter: Exporter,
    /// What they have said already.
    pub(crate) early: Vec<In>,
    /// For a fresh request that ends the session, if it is the right one.
    pub(crate) burn_token: BurnToken,
}

/// What comes of an attempt.
#[derive(Debug)]
pub(crate) enum Return<Out, In> {
    /// Somebody is there.
    Back(Box<Back<Out, In>>),
    /// There is no session any more to come back to, says the relay.
    Over(CloseReason),
}

/// An attempt under way; dropping it gives it up.
#[derive(Debug)]
pub(crate) struct Comeback<Out, In> {
    done: oneshot::Receiver<Return<Out, In>>,
    task: JoinHandle<()>,
}

impl<Out, In> Drop for Comeback<Out, In> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<Out, In> Comeback<Out, In> {
    /// Waits until somebody is there. Cancel safe. Not to be asked again afterwards.
    pub(crate) async fn next(&mut self) -> Return<Out, In> {
        match (&mut self.done).await {
            Ok(done) => done,
            // The task never ends without a word.
            Err(_) => core::future::pending().await,
        }
    }
}

impl Route {
    /// The line broke just now.
    pub(crate) fn begin_anew(&mut self) {
        self.attempts = 0;
    }

    /// Sets out.
    pub(crate) fn set_out<Out, In>(&mut self) -> Comeback<Out, In>
    where
        Out: Message + Send + 'static,
        In: Message + Send + 'static,
    {
        let (tell, done) = oneshot::channel();
        let (route, first) = (self.clone(), self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        let task = tokio::spawn(async move {
            let mut attempts = first;
            loop {
                sleep(pause(attempts)).await;
                attempts = attempts.saturating_add(1);
                match route.attempt().await {
                    Ok(back) => {
                        let _ = tell.send(Return::Back(Box::new(back)));
                        return;
                    }
                    Err(Some(reason)) => {
                        let _ = tell.send(Return::Over(reason));
                        return;
                    }
                    Err(None) => {}
                }
            }
        });
        Comeback { done, task }
    }

    /// One attempt; it fails with a reason if there is no use in another.
    async fn attempt<Out: Message, In: Message>(&self) -> Result<Back<Out, In>, Option<CloseReason>> {
        let hello = Hello::new(self.own, Intent::Resume { id: self.meeting });
        let mut line = connect(&self.trust, hello, self.credential.as_deref()).await.map_err(|error| {
            tracing::debug!(%error, "Not back yet");
            refused(&error)
        })?;
        let paired = async {
            loop {
                match line.receiver.next().await {
                    LineEvent::Control(FromRelay::Paired { burn_token, .. }) => return Ok(burn_token),
                    LineEvent::Control(FromRelay::Ended { reason }) => return Err(over(reason, self.own)),
                    LineEvent::Control(FromRelay::Refused { .. }) | LineEvent::Data(_) | LineEvent::Closed => {
                        return Err(None);
                    }
                    LineEvent::Control(
                        FromRelay::Awaiting { .. }
                        | FromRelay::Waiting { .. }
                        | FromRelay::Challenge { .. }
                        | FromRelay::Stopping { .. },
                    ) => {}
                }
            }
        };
        let burn_token = timeout(AWAIT_WITHIN, paired).await.map_err(|_| None)??;
        // From here on nothing that is said ends the session: it may be anybody who says it.
        let established = timeout(ESTABLISH_WITHIN, Wire::establish(line, self.own)).await;
        let (wire, exporter, early) = established.map_err(|_| None)?.map_err(|_| None)?;
        Ok(Back { wire, exporter, early, burn_token })
    }
}

/// What it means that the relay does not take this end back: nothing, as long as that may change.
const fn refused(error: &ConnectError) -> Option<CloseReason> {
    match error {
        ConnectError::Refused(Refusal::Technician) => Some(CloseReason::TechnicianDisabled),
        ConnectError::Refused(
            Refusal::Number | Refusal::Version | Refusal::Full | Refusal::Draining | Refusal::Malformed,
        )
        | ConnectError::NotAdmitted
        | ConnectError::Throttled
        | ConnectError::Unreachable(_)
        | ConnectError::Certificate(_)
        | ConnectError::Clock(_)
        | ConnectError::Root
        | ConnectError::Answer(_)
        | ConnectError::Lost => None,
    }
}

/// What it means that the relay lets nobody wait here: it is over only if somebody has ended it.
const fn over(reason: EndReason, own: Role) -> Option<CloseReason> {
    match reason {
        EndReason::OtherEnd | EndReason::Stopped | EndReason::Burned | EndReason::TechnicianDisabled => {
            Some(close_reason(reason, own))
        }
        EndReason::OtherEndLost
        | EndReason::Expired
        | EndReason::RelayStopping
        | EndReason::Replaced
        | EndReason::TooSlow
        | EndReason::Malformed => None,
    }
}

fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempts.min(8)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests;

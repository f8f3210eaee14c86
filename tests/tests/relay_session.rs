//! Both ends' connection to a real relay: pairing both ways, data both ways, and every way it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

use anyhow::Result;
use beistand_protocol::number::Slot;
use beistand_protocol::rendezvous::{BurnToken, EndReason, FromRelay, Hello, Intent, Refusal, Role, ToRelay};
use beistand_session::rendezvous::{
    ConnectError, DomainTrust, Farewell, Line, LineEvent, LineReceiver, LineSender, TechnicianCredential, burn, connect,
};
use beistand_tests::relay::Relay;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

struct End {
    sender: LineSender,
    receiver: LineReceiver,
    token: BurnToken,
    slot: Slot,
}

impl End {
    async fn opened(line: Line) -> Self {
        let (sender, mut receiver) = line.split();
        let (token, slot) = match hear(&mut receiver).await {
            LineEvent::Control(FromRelay::Waiting { slot, burn_token, expires_in_seconds }) => {
                assert!(expires_in_seconds <= 600);
                (burn_token, slot)
            }
            LineEvent::Control(FromRelay::Paired { burn_token, slot, .. }) => {
                (burn_token, slot.expect("paired by a number"))
            }
            other => panic!("{other:?}"),
        };
        Self { sender, receiver, token, slot }
    }

    async fn paired(&mut self) {
        match self.hear().await {
            LineEvent::Control(FromRelay::Paired { burn_token, .. }) => self.token = burn_token,
            other => panic!("{other:?}"),
        }
    }

    async fn hear(&mut self) -> LineEvent {
        hear(&mut self.receiver).await
    }

    async fn ended(&mut self) -> EndReason {
        loop {
            match self.hear().await {
                LineEvent::Control(FromRelay::Ended { reason }) => return reason,
                LineEvent::Data(_) | LineEvent::Control(FromRelay::Stopping { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn hear(receiver: &mut LineReceiver) -> LineEvent {
    timeout(Duration::from_secs(10), receiver.next()).await.expect("the relay says something")
}

struct Scene {
    relay: Relay,
    trust: DomainTrust,
    technician: TechnicianCredential,
}

impl Scene {
    async fn new() -> Result<Self> {
        Self::with(|config| config).await
    }

    async fn with(change: impl FnOnce(String) -> String) -> Result<Self> {
        let relay = Relay::start_with(change)?;
        let (trust, technician) = (relay.trust()?, relay.technician().await?);
        Ok(Self { relay, trust, technician })
    }

    async fn open(&self, role: Role, intent: Intent) -> Result<End, ConnectError> {
        let credential = (role == Role::Technician).then_some(&self.technician);
        Ok(End::opened(connect(&self.trust, Hello::new(role, intent), credential).await?).await)
    }

    /// A session whose number the technician issued: customer, technician.
    async fn pair(&self) -> Result<(End, End)> {
        let mut technician = self.open(Role::Technician, Intent::Issue).await?;
        let customer = self.open(Role::Customer, Intent::Join { slot: technician.slot }).await?;
        technician.paired().await;
        Ok((customer, technician))
    }

    async fn refused(&self, role: Role, slot: Slot) -> Refusal {
        match self.open(role, Intent::Join { slot }).await.err().expect("refused") {
            ConnectError::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }
}

async fn says(from: &End, to: &mut End, message: &[u8]) {
    from.sender.data(message.to_vec()).await.unwrap();
    match to.hear().await {
        LineEvent::Data(data) => assert_eq!(data, message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_issue_both_join_and_both_speak() -> Result<()> {
    let scene = Scene::new().await?;
    for issuer in [Role::Technician, Role::Customer] {
        let mut waiting = scene.open(issuer, Intent::Issue).await?;
        let mut joined = scene.open(issuer.other(), Intent::Join { slot: waiting.slot }).await?;
        waiting.paired().await;
        says(&waiting, &mut joined, b"one").await;
        says(&joined, &mut waiting, b"two").await;
        says(&joined, &mut waiting, &vec![7; 64 * 1024]).await;
        // The last words arrive before the end does.
        joined.sender.data(b"bye".to_vec()).await?;
        joined.sender.end().await;
        assert!(matches!(waiting.hear().await, LineEvent::Data(data) if data == b"bye"[..]));
        assert_eq!(waiting.ended().await, EndReason::OtherEnd);
        assert_eq!(joined.ended().await, EndReason::Burned);
        assert!(matches!(waiting.hear().await, LineEvent::Closed));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_used_and_expired_numbers_are_refused_alike() -> Result<()> {
    let scene = Scene::with(|config| config.replace("life_seconds = 600", "life_seconds = 2")).await?;
    let unknown = Slot::new(123_456)?;
    assert_eq!(scene.refused(Role::Customer, unknown).await, Refusal::Number);

    let (customer, mut technician) = scene.pair().await?;
    assert_eq!(scene.refused(Role::Customer, customer.slot).await, Refusal::Number);
    assert_eq!(scene.refused(Role::Technician, customer.slot).await, Refusal::Number);
    // The pair is not disturbed by it.
    says(&customer, &mut technician, b"still here").await;

    let mut waiting = scene.open(Role::Technician, Intent::Issue).await?;
    assert_eq!(scene.refused(Role::Technician, waiting.slot).await, Refusal::Number);
    sleep(Duration::from_millis(1200)).await;
    waiting.sender.control(&ToRelay::Extend).await?;
    assert!(
        matches!(waiting.hear().await, LineEvent::Control(FromRelay::Waiting { slot, .. }) if slot == waiting.slot)
    );
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(waiting.ended().await, EndReason::Expired);
    assert_eq!(scene.refused(Role::Customer, waiting.slot).await, Refusal::Number);

    let given_up = scene.open(Role::Technician, Intent::Issue).await?;
    given_up.sender.end().await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(scene.refused(Role::Customer, given_up.slot).await, Refusal::Number);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_over_a_fresh_request_names_who_stopped() -> Result<()> {
    let scene = Scene::new().await?;
    let (customer, mut technician) = scene.pair().await?;
    let token = customer.token.clone();
    drop(customer);
    let since = Instant::now();
    burn(&scene.trust, token, Farewell::Ended).await?;
    assert_eq!(technician.ended().await, EndReason::OtherEnd);
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());

    // Nobody says anything: the connection just breaks.
    let (customer, mut technician) = scene.pair().await?;
    drop(customer);
    assert_eq!(technician.ended().await, EndReason::OtherEndLost);

    // A waiting number, and a token that is nothing.
    let mut waiting = scene.open(Role::Customer, Intent::Issue).await?;
    burn(&scene.trust, BurnToken::new([9; 32]), Farewell::Ended).await?;
    burn(&scene.trust, waiting.token.clone(), Farewell::Ended).await?;
    assert_eq!(waiting.ended().await, EndReason::Burned);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_the_technician_ends_everything_of_theirs() -> Result<()> {
    let scene = Scene::new().await?;
    let (mut customer, mut technician) = scene.pair().await?;
    let mut waiting = scene.open(Role::Technician, Intent::Issue).await?;
    scene.relay.disable_technician()?;
    let since = Instant::now();
    for end in [&mut customer, &mut technician, &mut waiting] {
        assert_eq!(end.ended().await, EndReason::TechnicianDisabled);
    }
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    let refused = scene.open(Role::Technician, Intent::Issue).await.err();
    assert!(matches!(refused, Some(ConnectError::Refused(Refusal::Technician))), "{refused:?}");
    assert!(matches!(scene.relay.technician().await, Err(error) if error.to_string().contains("not admitted")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_relay_lets_sessions_end_and_then_ends_them() -> Result<()> {
    let mut scene = Scene::with(|config| config.replace("grace_seconds = 30", "grace_seconds = 2")).await?;
    let (customer, mut technician) = scene.pair().await?;
    let mut waiting = scene.open(Role::Customer, Intent::Issue).await?;
    scene.relay.terminate()?;
    assert_eq!(waiting.ended().await, EndReason::RelayStopping);
    assert!(matches!(technician.hear().await, LineEvent::Control(FromRelay::Stopping { in_seconds: 2 })));
    says(&customer, &mut technician, b"a last word").await;
    let refused = scene.open(Role::Customer, Intent::Issue).await.err();
    assert!(matches!(refused, Some(ConnectError::Refused(Refusal::Draining))), "{refused:?}");
    assert_eq!(technician.ended().await, EndReason::RelayStopping);
    assert!(scene.relay.wait(Duration::from_secs(6))?.success());
    let gone = scene.open(Role::Customer, Intent::Issue).await.err();
    assert!(matches!(gone, Some(ConnectError::Unreachable(_))), "{gone:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_is_noticed_by_both() -> Result<()> {
    let mut scene = Scene::new().await?;
    let (mut customer, mut technician) = scene.pair().await?;
    scene.relay.kill();
    assert!(matches!(customer.hear().await, LineEvent::Closed));
    assert!(matches!(technician.hear().await, LineEvent::Closed));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_holds_the_writer_and_not_the_relays_memory() -> Result<()> {
    let scene = Scene::new().await?;
    let (customer, mut technician) = scene.pair().await?;
    let before = scene.relay.memory_kib()?;
    // The technician reads nothing while the customer sends as fast as it goes.
    let mut sent = 0_u64;
    while let Ok(done) = timeout(Duration::from_millis(700), customer.sender.data(vec![5; 64 * 1024])).await {
        done?;
        sent += 64 * 1024;
        assert!(sent < 64 << 20, "the sender is never held up");
    }
    let grown = scene.relay.memory_kib()?.saturating_sub(before);
    assert!(grown < 8 * 1024, "the relay holds {grown} KiB more after {sent} bytes");
    // Nothing was lost: the reader gets all of it, the held message included.
    let mut received = 0_u64;
    while received < sent {
        match technician.hear().await {
            LineEvent::Data(data) => received += data.len() as u64,
            other => panic!("{other:?} after {received} of {sent}"),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_reads_nothing_for_too_long_is_let_go() -> Result<()> {
    let scene = Scene::new().await?;
    let (mut customer, technician) = scene.pair().await?;
    let sender = customer.sender.clone();
    let sending = tokio::spawn(async move { while sender.data(vec![5; 64 * 1024]).await.is_ok() {} });
    let since = Instant::now();
    // Fifteen seconds for a message that is not taken, and the grace for news.
    let heard = timeout(Duration::from_secs(30), customer.receiver.next()).await?;
    assert!(matches!(heard, LineEvent::Control(FromRelay::Ended { reason: EndReason::OtherEndLost })), "{heard:?}");
    assert!(since.elapsed() > Duration::from_secs(10), "{:?}", since.elapsed());
    sending.abort();
    drop(technician);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_throttled_and_makes_numbers_longer() -> Result<()> {
    let scene = Scene::with(|config| {
        config
            .replace("# failures_per_network = 20", "failures_per_network = 3")
            .replace("# failures_before_longer_numbers = 60", "failures_before_longer_numbers = 3")
    })
    .await?;
    let waiting = scene.open(Role::Technician, Intent::Issue).await?;
    assert!(waiting.slot.get() < 100);
    for _ in 0..3 {
        assert_eq!(scene.refused(Role::Customer, Slot::new(123_456)?).await, Refusal::Number);
    }
    // The right number now sounds like a wrong one, and lives on.
    assert_eq!(scene.refused(Role::Customer, waiting.slot).await, Refusal::Number);
    let longer = scene.open(Role::Technician, Intent::Issue).await?;
    assert!(longer.slot.get() >= 1000);
    let company = beistand_session::rendezvous::fetch_company(&scene.trust).await?;
    assert_eq!(company.slot_digits, [2, 4]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_number_is_in_the_log() -> Result<()> {
    let scene = Scene::with(|config| config.replace("level = \"info\"", "level = \"debug\"")).await?;
    let (customer, mut technician) = scene.pair().await?;
    says(&customer, &mut technician, b"recognisable plaintext").await;
    burn(&scene.trust, customer.token.clone(), Farewell::Ended).await?;
    technician.ended().await;
    sleep(Duration::from_millis(300)).await;
    let log = scene.relay.log()?;
    assert!(log.contains("Session started") && log.contains("Session ended"), "{log}");
    let token: String = customer.token.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    for secret in [token.as_str(), "recognisable", beistand_tests::relay::PASSWORD, "PRIVATE KEY", "slot"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    assert!(
        !log.lines()
            .filter(|line| line.contains("INFO"))
            .any(|line| line.contains("127.0.0.1:") && !line.contains("listens"))
    );
    Ok(())
}

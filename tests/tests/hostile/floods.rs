//! A technician's end that sends more than anybody can take in, and one that never reads.

use crate::relay::Relay;
use crate::rogue::{RogueTechnician, framed};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Input, Key, NamedKey, Text};
use beistand_protocol::message::{Reason, ToCustomer, ToTechnician};
use beistand_protocol::permission::{Epoch, Permission, Setting};
use beistand_session::pipe::Report;
use beistand_tests::process::with_environment;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// What a worker may grow by, whatever a technician's end sends.
const GROWTH_KIB: u64 = 96 * 1024;

fn worker(relay: &Relay) -> u32 {
    let on_display = with_environment(&format!("DISPLAY={}", relay.parties.display));
    on_display.into_iter().find(|process| process.command.ends_with("worker")).expect("the worker runs").id
}

/// The most memory that a process ever had; nothing if it is gone.
fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn many(messages: impl Iterator<Item = ToCustomer>) -> Vec<u8> {
    messages.flat_map(|message| framed(&message)).collect()
}

fn inputs() -> impl Iterator<Item = ToCustomer> {
    // Mouse and keyboard by turns, each something new for the panel to say.
    (0..4000).map(|number: u32| {
        let at = (number % 500) as u16;
        let input = match number % 4 {
            0 => Input::PointerTo { x: at, y: at },
            1 => Input::Key { key: Key::Named(NamedKey::ShiftLeft), pressed: true },
            2 => Input::Key { key: Key::Named(NamedKey::ShiftLeft), pressed: false },
            _ => Input::Text(Text::try_from("x".to_owned()).unwrap()),
        };
        ToCustomer::Input { epoch: Epoch::new(1), number, input }
    })
}

/// With control on, everything at once, as fast as the line takes it: the panel is told little, and NOTAUS works.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_input_and_questions_neither_fills_the_panel_nor_holds_up_the_stop() {
    let relay = Relay::with_display().await;
    let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
    customer.guardian.set(Permission::Control, Setting::On);
    rogue.grants().await;
    let worker = worker(&relay);
    let before = peak_kib(worker).unwrap();
    let asks = (0..500).map(|number| match number % 3 {
        0 => ToCustomer::Ask { permission: Permission::SendFiles, reason: Reason::try_from("x".repeat(200)).unwrap() },
        1 => ToCustomer::Ping(number),
        _ => ToCustomer::NeedWholeFrame,
    });
    // The last of each round is answered last, so that however slow the machine is the answers of one round at most
    // wait to be read: the session is to live on.
    let last = ToCustomer::Ping(u32::MAX);
    let flood = many(inputs().chain(asks).chain([last]));
    let began = Instant::now();
    let flooding = tokio::spawn(async move {
        while rogue.plain(&flood).await {
            while !matches!(rogue.next().await, None | Some(ToTechnician::Pong(u32::MAX))) {}
            while let Ok(Some(_)) = timeout(Duration::from_millis(30), rogue.next()).await {}
        }
    });
    let lasts = Duration::from_secs(3);
    let ended = timeout(lasts, customer.until(|report| matches!(report, Report::Fault(_)))).await;
    assert!(ended.is_err());
    let peak = peak_kib(worker).expect("the worker lives");
    assert!(peak - before < GROWTH_KIB, "the worker grew by {} KiB", peak - before);
    let stopped = customer.stop().await;
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::Stopped, 0));
    assert!(stopped.released_after < Duration::from_secs(1), "{stopped:?}");
    let doing = customer.heard.iter().filter(|report| matches!(report, Report::Doing(_))).count() as u128;
    // A few times a second.
    assert!(doing <= 3 + began.elapsed().as_millis() / 150, "the panel was told {doing} times");
    assert!(customer.heard.len() < 100, "{} reports", customer.heard.len());
    flooding.await.unwrap();
}

/// What must be answered is asked without end, and no answer is ever read.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_and_never_reads_is_dropped_before_the_answers_fill_the_memory() {
    let relay = Relay::with_display().await;
    for flood in [many((0..4000).map(ToCustomer::Ping)), many(inputs())] {
        let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
        let worker = worker(&relay);
        let before = peak_kib(worker).unwrap();
        let mut peak = before;
        let flooding = tokio::spawn(async move { while rogue.plain(&flood).await {} });
        let watch = async {
            loop {
                peak = peak_kib(worker).unwrap_or(0).max(peak);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let reason = tokio::select! {
            stopped = customer.ended() => stopped.reason,
            () = watch => unreachable!(),
        };
        assert_eq!(reason, CloseReason::NetworkLost);
        assert!(peak - before < GROWTH_KIB, "the worker grew by {} KiB", peak - before);
        flooding.await.unwrap();
    }
}

/// A question's time is over when it is over, however much else there is to read.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_does_not_stop_the_clock() {
    let relay = Relay::with_display().await;
    let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
    let flood = many((0..4000).map(ToCustomer::Pong));
    // The customer's end asks every three seconds whether somebody is there.
    let until = Instant::now() + Duration::from_secs(7);
    let mut pings = 0;
    while Instant::now() < until {
        rogue.plain(&flood).await;
        while let Ok(Some(message)) = timeout(Duration::from_micros(10), rogue.next()).await {
            pings += u32::from(matches!(message, ToTechnician::Ping(_)));
        }
    }
    assert!(pings >= 2, "{pings} pings in seven seconds");
    assert_eq!(customer.stop().await.reason, CloseReason::Stopped);
}

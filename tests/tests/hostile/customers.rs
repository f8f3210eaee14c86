//! A customer's end whose screen never was one: it aims at the decoder, the memory and the window of the technician.

use crate::relay::{Relay, number};
use crate::rogue::{RogueCustomer, framed};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::Dropped;
use beistand_protocol::message::{Answer, ToCustomer, ToTechnician};
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::picture::{CursorPlace, CursorShape, Size, Update};
use beistand_session::technician::News;
use beistand_tests::ends::{SOON, TechnicianEnd};
use std::cell::Cell;
use std::time::{Duration, Instant};
use tokio::time::timeout;

const WIDTH: u16 = 1000;
const HEIGHT: u16 = 500;
/// A window of 8 MiB, which is what both ends keep.
const WINDOW: u8 = 13 << 3;

async fn meet(relay: &Relay) -> (RogueCustomer, TechnicianEnd) {
    let mut technician = TechnicianEnd::start(&relay.parties, Some(number()));
    let rogue = RogueCustomer::active(relay).await;
    technician.until(|news| matches!(news, News::Granted(_))).await;
    (rogue, technician)
}

/// The most memory that this process ever had, rogue and test included.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The beginning of a zstd stream.
fn stream(window: u8) -> Vec<u8> {
    vec![0x28, 0xb5, 0x2f, 0xfd, 0, window]
}

fn block(kind: u32, len: usize, content: &[u8]) -> Vec<u8> {
    let header = ((len as u32) << 3 | kind << 1).to_le_bytes();
    [&header[..3], content].concat()
}

/// These bytes as they are.
fn raw(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(100_000).flat_map(|piece| block(0, piece.len(), piece)).collect()
}

/// `len` zeros in four bytes.
fn zeros(len: usize) -> Vec<u8> {
    let (whole, rest) = (len / 131_072, len % 131_072);
    let mut blocks: Vec<u8> = (0..whole).flat_map(|_| block(1, 131_072, &[0])).collect();
    if rest > 0 {
        blocks.extend(block(1, rest, &[0]));
    }
    blocks
}

fn operation(code: u8, numbers: &[u16], rest: &[u8]) -> Vec<u8> {
    let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
    [code].into_iter().chain(numbers).chain(rest.iter().copied()).collect()
}

fn fill(x: u16, y: u16, width: u16, height: u16) -> Vec<u8> {
    operation(2, &[x, y, width, height], &[1, 2, 3])
}

fn update(stream: u32, size: (u16, u16), payload: Vec<u8>) -> Update {
    let size = Size::new(size.0.into(), size.1.into()).unwrap();
    Update { sequence: 1, stream, size, captured_ms: 0, answers_input: 0, payload, video: vec![] }
}

fn of_operations(bytes: &[u8]) -> Vec<u8> {
    [stream(WINDOW), raw(bytes)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_no_screen_ever_held_are_refused_and_a_whole_one_is_asked_for() {
    let relay = Relay::new().await;
    let (mut rogue, mut technician) = meet(&relay).await;
    let before = peak_kib();
    let whole = fill(0, 0, WIDTH, HEIGHT);
    let strip = operation(3, &[0, 0, WIDTH, 64], &[0]);
    let strips: Vec<u8> = (0..100).flat_map(|_| [raw(&strip), zeros(usize::from(WIDTH) * 64 * 3)].concat()).collect();
    // Each is right but for the one thing that its name says, and ends as an honest one does.
    let ends = |operations: &[u8]| of_operations(&[operations, &[0]].concat());
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a fill outside", ends(&fill(WIDTH - 10, 0, 11, 1))),
        ("a fill beyond the numbers", ends(&fill(u16::MAX, u16::MAX, u16::MAX, u16::MAX))),
        ("an empty fill", ends(&fill(0, 0, 0, 0))),
        ("a copy from outside", ends(&operation(1, &[0, 0, 10, 10, WIDTH - 5, 0], &[]))),
        ("a copy to outside", ends(&operation(1, &[WIDTH - 5, 0, 10, 10, 0, 0], &[]))),
        ("a strip outside", ends(&operation(3, &[WIDTH - 1, 0, 2, 1], &[0; 7]))),
        ("a strip too high", ends(&operation(3, &[0, 0, 1, 65], &[0; 196]))),
        ("an unknown predictor", ends(&operation(3, &[0, 0, 1, 1], &[7, 0, 0, 0]))),
        ("an unknown operation", ends(&[9])),
        ("operations without an end", of_operations(&whole)),
        ("more operations than there may be", ends(&fill(0, 0, 1, 1).repeat(20_001))),
        ("more pixels than there may be", ends(&whole.repeat(9))),
        ("endless strips", [stream(WINDOW), strips, raw(&[0])].concat()),
        ("a gigabyte of zeros behind the end", [stream(WINDOW), zeros(1 << 30)].concat()),
        ("a giant window", [stream(21 << 3), raw(&[0])].concat()),
        ("no zstd", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("nothing", Vec::new()),
    ];
    let mut number = 1;
    for (what, payload) in cases {
        number += 1;
        rogue.send(ToTechnician::Picture(update(number, (WIDTH, HEIGHT), payload))).await;
        let asked = timeout(SOON, rogue.until(|message| matches!(message, ToCustomer::NeedWholeFrame).then_some(())));
        asked.await.unwrap_or_else(|_| panic!("{what}: no whole picture was asked for"));
    }
    // Out of order, and of another size in the middle.
    for wrong in [(7, (WIDTH, HEIGHT)), (2, (WIDTH, HEIGHT - 1))] {
        number += 1;
        let end = of_operations(&[whole.clone(), vec![0]].concat());
        rogue.send(ToTechnician::Picture(update(number, (WIDTH, HEIGHT), end))).await;
        let next = Update { sequence: wrong.0, ..update(number, wrong.1, raw(&[0])) };
        rogue.send(ToTechnician::Picture(next)).await;
        rogue.until(|message| matches!(message, ToCustomer::NeedWholeFrame).then_some(())).await;
    }
    // It still draws what an honest end sends.
    number += 1;
    technician.session.pictures().next(false).await;
    let honest = of_operations(&[whole, vec![0]].concat());
    rogue.send(ToTechnician::Picture(update(number, (WIDTH, HEIGHT), honest))).await;
    let pictures = technician.session.pictures();
    let batch = timeout(SOON, async {
        loop {
            let batch = pictures.next(false).await;
            if u32::from_le_bytes(batch[4..8].try_into().unwrap()) == number {
                break batch;
            }
        }
    });
    let batch = batch.await.expect("no picture");
    assert!(batch.len() < 100, "a fill stays a fill");
    let grown = peak_kib() - before;
    assert!(grown < 100 * 1024, "grown by {grown} KiB");
    technician.session.finish().await;
    assert_eq!(tokio::join!(technician.ended(), rogue.rest()).0, CloseReason::EndedByTechnician);
}

#[tokio::test(flavor = "multi_thread")]
async fn ever_new_pictures_of_the_largest_size_take_the_memory_of_a_few() {
    let relay = Relay::new().await;
    let (mut rogue, technician) = meet(&relay).await;
    let before = peak_kib();
    for number in 2..12 {
        let largest = update(number, (16_384, 2048), of_operations(&[0]));
        rogue.send(ToTechnician::Picture(largest)).await;
    }
    rogue.send(ToTechnician::Ping(5)).await;
    rogue.until(|message| matches!(message, ToCustomer::Pong(5)).then_some(())).await;
    let grown = peak_kib() - before;
    assert!(grown < 400 * 1024, "grown by {grown} KiB");
    drop(technician);
}

/// Small words in great numbers: the window hears of them at a rate that it can stand, and the technician can leave.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_words_reaches_the_window_as_a_trickle_and_the_technician_can_leave() {
    let relay = Relay::new().await;
    let mut grants = Grants::default();
    grants.set(Permission::SeeScreen, Setting::On);
    let (permission, answer) = (Permission::Control, Answer::Refused);
    let shape = |id| CursorShape { id, hotspot_x: 0, hotspot_y: 0, width: 256, height: 256, rgba: vec![9; 262_144] };
    let place = |shape| ToTechnician::CursorPlace(CursorPlace { x: 1, y: 1, visible: true, shape });
    let floods: [Vec<ToTechnician>; 4] = [
        vec![ToTechnician::Paused(None), ToTechnician::Dropped { number: 1, why: Dropped::TooMuch }],
        vec![ToTechnician::Grants(grants), ToTechnician::Answer { permission, answer }],
        vec![place(1), place(2)],
        vec![ToTechnician::CursorShape(shape(1)), ToTechnician::CursorShape(shape(2))],
    ];
    for (nth, flood) in floods.into_iter().enumerate() {
        let (mut rogue, mut technician) = meet(&relay).await;
        let before = peak_kib();
        let repeated =
            if flood.iter().any(|message| matches!(message, ToTechnician::CursorShape(_))) { 2 } else { 2000 };
        let bytes: Vec<u8> = flood.iter().flat_map(framed).collect::<Vec<_>>().repeat(repeated);
        let flooding = tokio::spawn(async move { while rogue.plain(&bytes).await {} });
        let (count, began) = (Cell::new(0), Instant::now());
        technician
            .until(|_| {
                count.set(count.get() + 1);
                began.elapsed() >= Duration::from_secs(1)
            })
            .await;
        // Some thousands at once, and then one every other millisecond.
        let most = 2500 + began.elapsed().as_millis() / 2;
        assert!(count.get() < most, "the window was told {} times and not {most}", count.get());
        let grown = peak_kib() - before;
        assert!(grown < 100 * 1024, "grown by {grown} KiB");
        if nth > 0 {
            flooding.abort();
            continue;
        }
        let asked = Instant::now();
        technician.session.finish().await;
        assert_eq!(technician.ended().await, CloseReason::EndedByTechnician);
        assert!(asked.elapsed() < SOON, "it took {:?} to leave", asked.elapsed());
        flooding.abort();
    }
}

/// Pictures that are small to send and long to draw, in great numbers: the technician can leave meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_take_long_to_draw_do_not_keep_the_technician() {
    let relay = Relay::new().await;
    let (mut rogue, mut technician) = meet(&relay).await;
    let (size, covers) = ((4096, 2048), fill(0, 0, 4096, 2048).repeat(7));
    // Hundreds of them in one piece of the line.
    let bombs: Vec<u8> = (2..400)
        .map(|number| ToTechnician::Picture(update(number, size, of_operations(&[&covers[..], &[0]].concat()))))
        .flat_map(|message| framed(&message))
        .collect();
    rogue.plain(&bombs).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let asked = Instant::now();
    technician.session.finish().await;
    assert_eq!(technician.ended().await, CloseReason::EndedByTechnician);
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?} to leave", asked.elapsed());
}

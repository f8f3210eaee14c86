//! Hostile pictures, in the real limited child.

use anyhow::Result;
use beistand_desk::attachments::{Attachments, Limits, Refusal, TakeError};
use beistand_tests::call::built;
use beistand_tests::wait::wait_until;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn attachments(folder: &tempfile::TempDir) -> Result<Attachments> {
    Ok(Attachments::open(folder.path(), Limits::default(), built("beistand-relay")?)?)
}

async fn taken(attachments: &Attachments, name: &str, content: &[u8]) -> Result<Result<u32, Refusal>> {
    let mut incoming = attachments.begin()?;
    incoming.write(content).map_err(anyhow::Error::from)?;
    match attachments.take(incoming, name, None).await {
        Ok(clean) => Ok(Ok(clean.info.size_bytes)),
        Err(TakeError::Refused(refusal)) => Ok(Err(refusal)),
        Err(TakeError::Io(error)) => Err(error.into()),
    }
}

/// A PNG of one colour: large, and few bytes.
fn plain(width: u32, height: u32, depth: png::BitDepth, colour: png::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer_with_size(1 << 16).unwrap();
    let bits = colour.samples() * usize::from(depth as u8) * width as usize;
    let row = vec![0; bits.div_ceil(8)];
    for _ in 0..height {
        std::io::Write::write_all(&mut stream, &row).unwrap();
    }
    stream.finish().unwrap();
    drop(writer);
    bytes
}

fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
    }
    [&(data.len() as u32).to_be_bytes(), kind, data, &(!crc).to_be_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_are_refused_and_cost_little() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let attachments = attachments(&folder)?;
    let gray = |width, height| plain(width, height, png::BitDepth::One, png::ColorType::Grayscale);
    let gif = |width: u16, height: u16| {
        let screen = [width.to_le_bytes(), height.to_le_bytes()].concat();
        [b"GIF89a".as_slice(), &screen, b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0", &screen, b"\0\x02\x02D\x01\0;"].concat()
    };
    let jpeg = |width: u16, height: u16| {
        let frame = [b"\xff\xc0\0\x0b\x08".as_slice(), &height.to_be_bytes(), &width.to_be_bytes(), b"\x01\x01\x11\0"];
        [b"\xff\xd8\xff\xdb\0\x43\0".as_slice(), &[1; 64], &frame.concat(), b"\xff\xda\0\x08\x01\x01\0\0?\0\0\xff\xd9"]
            .concat()
    };
    let webp = |width: u32, height: u32| {
        let canvas = [&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat();
        let body = [b"WEBPVP8X\x0a\0\0\0\0\0\0\0".as_slice(), &canvas].concat();
        [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat()
    };
    let bmp = |width: i32, height: i32| {
        let head = [&40_u32.to_le_bytes()[..], &width.to_le_bytes(), &height.to_le_bytes(), &[1, 0, 24, 0], &[0; 24]];
        [b"BM".as_slice(), &[0; 8], &54_u32.to_le_bytes(), &head.concat(), &[0; 64]].concat()
    };
    for (name, content, wanted) in [
        ("bombe.png", gray(12_001, 100), Refusal::ImageTooLarge),
        ("bombe.png", gray(100, 12_001), Refusal::ImageTooLarge),
        ("bombe.png", gray(7000, 6000), Refusal::ImageTooLarge),
        ("bombe.gif", gif(65_535, 65_535), Refusal::ImageTooLarge),
        ("bombe.jpg", jpeg(65_500, 65_500), Refusal::ImageTooLarge),
        ("bombe.webp", webp(16_000, 16_000), Refusal::ImageTooLarge),
        ("bombe.bmp", bmp(60_000, 60_000), Refusal::ImageTooLarge),
        ("bombe.bmp", bmp(i32::MAX, i32::MIN), Refusal::ImageDamaged),
    ] {
        let began = Instant::now();
        let refused = taken(&attachments, name, &content).await?.expect_err(name);
        let close =
            matches!((wanted, refused), (Refusal::ImageTooLarge, Refusal::ImageDamaged | Refusal::ImageTooCostly));
        assert!(refused == wanted || (close && !name.ends_with("png")) || name.ends_with("bmp"), "{name}: {refused:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{name} took {:?}", began.elapsed());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_picture_is_taken_within_its_limits() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let attachments = attachments(&folder)?;
    // As much memory as any that is taken: 40 million pixels of eight bytes.
    let largest = plain(8000, 5000, png::BitDepth::Sixteen, png::ColorType::Rgba);
    assert!(largest.len() < 2_000_000, "{}", largest.len());
    let size = taken(&attachments, "gross.png", &largest).await?.expect("it is taken");
    assert!(size < 2_000_000, "{size}");
    let longest = plain(12_000, 3300, png::BitDepth::Eight, png::ColorType::Rgb);
    assert!(taken(&attachments, "lang.png", &longest).await?.is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_unfolds_does_no_harm() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let attachments = attachments(&folder)?;
    // The pixels of one picture, packed, as the colour profile and as the text of another: 120 MB each.
    let packed = plain(10_000, 4000, png::BitDepth::Eight, png::ColorType::Rgb);
    let small = plain(10, 10, png::BitDepth::Eight, png::ColorType::Rgb);
    let mut zlib = Vec::new();
    let mut rest = &packed[8..];
    while rest.len() > 12 {
        let length = u32::from_be_bytes(rest[..4].try_into()?) as usize;
        if &rest[4..8] == b"IDAT" {
            zlib.extend_from_slice(&rest[8..8 + length]);
        }
        rest = &rest[12 + length..];
    }
    for (kind, head) in [(b"iCCP", b"x\0\0".as_slice()), (b"zTXt", b"x\0\0"), (b"iTXt", b"x\0\x01\0\0\0")] {
        let bomb = chunk(kind, &[head, &zlib].concat());
        let content = [&small[..33], &bomb, &bomb, &bomb, &small[33..]].concat();
        let began = Instant::now();
        let taken = taken(&attachments, "profil.png", &content).await?;
        assert!(taken.is_ok_and(|size| size < 10_000) || taken.is_err(), "{taken:?}");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
    Ok(())
}

#[test]
fn the_child_can_do_nothing_else() -> Result<()> {
    let mut child = Command::new(built("beistand-relay")?)
        .args(["image-child", &std::process::id().to_string(), "1000"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let place = format!("/proc/{}", child.id());
    let read = |name: &str| std::fs::read_to_string(format!("{place}/{name}")).unwrap_or_default();
    let limited = wait_until("the child's limits", Duration::from_secs(10), || {
        Ok(read("limits").lines().any(|line| line.starts_with("Max address space") && !line.contains("unlimited")))
    });
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line[name.len()..].split_whitespace().next().unwrap_or_default().to_owned()
    };
    let found = ["Max open files", "Max processes", "Max file size", "Max core file size", "Max cpu time"].map(limit);
    let privileges = read("status").contains("NoNewPrivs:\t1");
    let open = std::fs::read_dir(format!("{place}/fd"))?.count();
    drop(child.stdin.take());
    let ended = child.wait()?;
    limited?;
    assert_eq!(found, ["3", "0", "0", "0", "20"]);
    assert!(privileges && open <= 3, "{open} files are open");
    assert_eq!(ended.code(), Some(1), "an empty image is a damaged one");
    // It works for its own parent only.
    let orphan =
        Command::new(built("beistand-relay")?).args(["image-child", "1", "1000"]).stdin(Stdio::null()).status()?;
    assert_eq!(orphan.code(), Some(70));
    Ok(())
}

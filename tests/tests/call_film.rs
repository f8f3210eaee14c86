//! A large film on the customer's screen, through both real windows: the technician's web view decodes it itself.

use anyhow::{Context as _, Result, ensure};
use beistand_tests::call::Call;
use beistand_tests::driver::{PATIENCE, Page, eventually};
use beistand_tests::film::Film;
use beistand_tests::screenshot::Screenshot;

/// Left, top, width and height.
const PLACE: (i16, i16, u16, u16) = (20, 100, 720, 500);

#[tokio::test]
async fn a_large_film_is_played_by_the_web_view_and_exact_once_it_stands_still() -> Result<()> {
    let call = Call::running().await?;
    let mut film = Film::play(&call.seat.desktop, PLACE)?;
    plays(&call, 1).await?;
    looks_like_it(&call).await?;

    // A page that is loaded anew knows nothing of what came before, and gets it.
    call.technician.run("location.reload()").await?;
    call.technician.screen(Page::Viewer, "running").await?;
    plays(&call, 1).await?;
    looks_like_it(&call).await?;

    film.stop()?;
    plays(&call, 0).await?;
    let mut last = 1.0;
    let exact = eventually("the film's last picture, to the pixel", PATIENCE, async || {
        let (real, seen) = both(&call).await?;
        last = real.difference(&seen, 0)?;
        // The technician's own pointer stands somewhere in it.
        Ok((last < 0.005).then_some(()))
    });
    exact.await.with_context(|| format!("{:.1} % of it differs", last * 100.0))
}

/// Waits until the technician's web view decodes so many videos.
async fn plays(call: &Call, count: u32) -> Result<()> {
    eventually("the web view to play it", PATIENCE, async || {
        call.technician.turn_to(Page::Viewer).await?;
        let playing = call.technician.run("return document.querySelector('canvas').dataset.videos").await?;
        Ok((playing.as_str() == Some(count.to_string().as_str())).then_some(()))
    })
    .await
}

/// The film's part of the customer's screen and of the technician's picture.
async fn both(call: &Call) -> Result<(Screenshot, Screenshot)> {
    let part = |screenshot: Screenshot| {
        let (x, y, width, height) = PLACE;
        screenshot.crop(usize::try_from(x)?, usize::try_from(y)?, width.into(), height.into())
    };
    Ok((part(call.seat.desktop.screenshot()?)?, part(call.technicians_picture().await?)?))
}

/// While it plays the technician's picture changes all the time, and has the film's colours at the film's places.
async fn looks_like_it(call: &Call) -> Result<()> {
    let mut pictures: Vec<Screenshot> = Vec::new();
    for _ in 0..10 {
        let (real, seen) = both(call).await?;
        // It drifts by less than the tolerance while a picture is on its way.
        let wrong = real.difference(&seen, 60)?;
        ensure!(wrong < 0.05, "{:.1} % of the film has other colours", wrong * 100.0);
        pictures.push(seen);
    }
    let changes =
        pictures.windows(2).filter(|two| matches!(two, [a, b] if a.difference(b, 0).is_ok_and(|part| part > 0.5)));
    ensure!(changes.count() > 4, "the film stands still");
    Ok(())
}

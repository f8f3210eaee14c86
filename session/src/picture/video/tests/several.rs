//! What is one video, and what are two.

use super::*;

#[test]
fn a_film_that_was_found_in_parts_becomes_one_video() {
    let mut pair = Pair::new(640, 480);
    pair.write_text(pair.whole(), 1);
    // At first only its upper part moves, then the whole film; what is left of it is too narrow for a video.
    let upper = Area { height: FILM.height - 40, ..FILM };
    for frame in 0..40 {
        pair.play(frame, if frame < 12 { upper } else { FILM });
    }
    let wrong = pair.wrong().into_iter().reduce(Area::union).unwrap();
    assert!(FILM.holds(wrong), "{wrong:?}");
    for frame in 40..60 {
        pair.play(frame, FILM);
        let exactly = pair.update.payload.len();
        assert!(!pair.update.video.is_empty() && exactly < 100, "frame {frame}: {exactly} bytes beside the video");
    }
    pair.settle(usize::MAX);
    assert_eq!(pair.wrong(), []);
}

#[test]
fn two_films_with_a_page_between_them_stay_two_videos() {
    let mut pair = Pair::new(640, 480);
    pair.write_text(pair.whole(), 1);
    let films = [Area { x: 32, y: 64, width: 240, height: 160 }, Area { x: 336, y: 64, width: 240, height: 160 }];
    for frame in 0..60 {
        film(frame, films[0]).for_each(|(one, pixel)| pair.screen.fill(one, pixel));
        pair.touch(films[0]);
        pair.play(frame * 3, films[1]);
        let wrong = pair.wrong();
        assert!(wrong.iter().all(|one| films.iter().any(|film| film.holds(*one))), "frame {frame}");
    }
    assert!(films.iter().all(|film| pair.wrong().iter().any(|one| film.holds(*one))), "both are videos");
}

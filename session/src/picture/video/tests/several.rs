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

/// No technician's end would take such a video.
#[test]
fn films_that_are_too_wide_together_stay_videos_of_their_own() {
    let mut pair = Pair::new(4096, 112);
    let film_at = |x, width| Area { x, y: 0, width, height: 96 };
    // What lies between them is too narrow for a video of its own.
    let (left, gap, right) = (film_at(0, 1952), film_at(1952, 64), film_at(2016, 1952));
    for frame in 0..44 {
        for (area, from) in [(right, 12), (gap, 24)] {
            if frame >= from {
                film(frame * 3, area).for_each(|(one, pixel)| pair.screen.fill(one, pixel));
                pair.touch(area);
            }
        }
        pair.play(frame, left);
        let exactly = pair.update.payload.len();
        assert!(frame < 28 || exactly < 40_000, "frame {frame}: {exactly} bytes beside the videos");
    }
    assert!([left, right].iter().all(|film| pair.wrong().iter().any(|one| film.holds(*one))), "both are videos");
}

#[test]
fn a_film_that_is_larger_than_any_video_goes_exactly() {
    let mut pair = Pair::new(4096, 112);
    for frame in 0..12 {
        pair.play(frame, Area { x: 0, y: 0, width: 4000, height: 96 });
        assert!(pair.update.video.is_empty());
    }
    pair.settle(usize::MAX);
    assert_eq!(pair.wrong(), []);
}

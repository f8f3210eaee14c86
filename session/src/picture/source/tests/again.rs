//! A consent that goes, and one that comes after it.

use super::*;

#[test]
fn what_was_seen_under_a_consent_that_is_gone_is_not_handed_over() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let counting = Counting::default();
    let gate = Arc::clone(&customer.gate);
    *counting.then.lock().unwrap() = Some(Box::new(move || gate.apply(&Grants::default())));
    let (source, mut technician) = start(counting.clone(), &customer, epoch);
    until("the first grab", || counting.counts().0 > 0);
    thread::sleep(Duration::from_millis(100));
    technician.take(&source, true);
    assert_eq!((counting.counts().0, technician.updates.len()), (1, 0));
}

#[test]
fn what_is_owed_of_before_holds_up_nothing_and_says_nothing_about_the_new_line() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start(Counting::default(), &customer, epoch);
    // None of these is ever acknowledged: the line broke.
    until("as many as may be on their way", || {
        technician.take(&source, false);
        technician.updates.len() == 8
    });
    let stream = technician.updates[7].stream;
    customer.set(Setting::Ask);
    let next = customer.allow();
    source.resume(Share::All, next);
    until("as many again", || {
        technician.take(&source, false);
        technician.updates.len() == 16
    });
    assert!(technician.updates[8..].iter().all(|update| update.stream > stream), "a new stream");
    let probe = technician.updates[8].payload.len() + technician.updates[8].video.len();
    assert!(probe < 100, "{probe} bytes go first, which tells nothing of how long the way is");
    // What was still under way of before is heard late: nothing of the new stream is shown by that.
    for sequence in 1..=8 {
        source.shown(Shown { sequence, stream }, 0);
    }
    thread::sleep(Duration::from_millis(100));
    technician.take(&source, false);
    assert_eq!(technician.updates.len(), 16);
}

#[test]
fn what_was_grabbed_under_one_consent_is_not_shown_under_the_next() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let counting = Counting::default();
    let (source, mut technician) = start(counting.clone(), &customer, epoch);
    until("a picture", || {
        technician.take(&source, true);
        technician.picture().iter().any(|pixel| *pixel != 0)
    });
    customer.set(Setting::Off);
    counting.still.store(true, Ordering::SeqCst);
    let next = customer.allow();
    source.resume(Share::All, next);
    until("a new one", || technician.take(&source, true) > 0);
    technician.settle(&source);
    assert!(technician.picture().iter().all(|pixel| *pixel == 0), "what was on the screen before");
}

/// The same epoch is gone on with after a pause; the thread may have found no consent a moment before.
#[test]
fn a_word_to_go_on_is_not_lost_to_a_look_that_was_refused() {
    let epoch = Customer::new().allow();
    let mut orders = orders::Orders::default();
    (orders.epoch, orders.resumed) = (Some(epoch), true);
    orders.refused(epoch);
    assert!(orders.epoch.is_some());
    orders.resumed = false;
    orders.refused(epoch);
    assert!(orders.epoch.is_none());
}

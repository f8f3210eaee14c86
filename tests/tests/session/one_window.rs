//! One window is shown by a real worker: nothing else is within reach, and nothing takes its place.

use super::text;
use beistand_protocol::input::{Dropped, NamedKey};
use beistand_protocol::permission::Permission;
use beistand_protocol::picture::Share;
use beistand_protocol::showing::View;
use beistand_session::pipe::Report;
use beistand_session::technician::News;
use beistand_tests::display::root;
use beistand_tests::ends::{Call, SOON};
use beistand_tests::place::Place;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, EventMask, WindowClass};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_window_is_within_reach_and_nothing_takes_its_place() {
    let place = Place::new().await;
    let (desktop, terminal) = (place.connect(), place.terminal());
    let mut call = Call::active(&place).await;
    call.customer.guardian.show(Share::Window(terminal.window));
    let shown = |news: &News| matches!(news, News::Showing(showing) if showing.what == View::Window { away: false });
    call.technician.until(shown).await;
    call.grant_control().await;
    place.click_into_terminal(&call.technician.session).await;
    call.technician.session.input(text("inside")).await;
    call.technician.press(NamedKey::Enter).await;
    place.terminal_received("inside\n").await;

    // Another program's window comes over it.
    let over = desktop.generate_id().unwrap();
    let looks = CreateWindowAux::new().override_redirect(1).event_mask(EventMask::BUTTON_PRESS);
    let (x, y, width, height) = (terminal.x, terminal.y, terminal.width, terminal.height);
    let class = WindowClass::INPUT_OUTPUT;
    desktop.create_window(0, over, root(&desktop).unwrap(), x, y, width, height, 0, class, 0, &looks).unwrap();
    desktop.map_window(over).unwrap();
    desktop.get_input_focus().unwrap().reply().unwrap();
    place.click_into_terminal(&call.technician.session).await;
    let dropped = |news: &News| matches!(news, News::Dropped(Dropped::OtherWindow));
    assert!(call.technician.until_or(SOON, dropped).await.is_some(), "nothing was dropped");
    call.customer.until(|report| matches!(report, Report::KeptOff { others: 1.., .. })).await;
    desktop.get_input_focus().unwrap().reply().unwrap();
    let pressed =
        std::iter::from_fn(|| desktop.poll_for_event().unwrap()).any(|it| matches!(it, Event::ButtonPress(_)));
    assert!(!pressed, "the window over it was clicked");
    desktop.destroy_window(over).unwrap();

    // Closed, it takes both permissions with it.
    desktop.kill_client(terminal.window).unwrap();
    desktop.flush().unwrap();
    call.customer.until(|report| matches!(report, Report::SourceGone)).await;
    let both = [Permission::SeeScreen, Permission::Control];
    let nothing =
        |news: &News| matches!(news, News::Granted(grants) if both.iter().all(|one| grants.live(*one).is_none()));
    call.technician.until(nothing).await;
}

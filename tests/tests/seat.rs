//! The test seat itself: without hands that pass for hardware no other test here means anything.

use std::time::Duration;

use anyhow::Result;
use beistand_tests::hands::RETURN;
use beistand_tests::process::with_environment;
use beistand_tests::seat::Seat;
use beistand_tests::wait::wait_until;

const LONG: Duration = Duration::from_secs(20);

#[test]
fn hands_type_into_a_real_shell_and_nothing_is_left_afterwards() -> Result<()> {
    let mut seat = Seat::new()?;
    let home = seat.customer.home().to_path_buf();
    seat.start("xterm", &["-title", "Terminal", "-geometry", "80x24+100+100"])?;
    wait_until("the terminal", LONG, || Ok(!seat.desktop.windows("Terminal")?.is_empty()))?;
    wait_until("the shell's prompt", LONG, || Ok(seat.desktop.screenshot()?.crop(100, 100, 300, 60)?.colours() > 2))?;

    seat.hands.click(300, 300)?;
    seat.hands.type_text("echo 'Done 123' > it.txt")?;
    seat.hands.press(RETURN)?;
    wait_until("the shell's file", LONG, || {
        Ok(std::fs::read_to_string(home.join("it.txt")).unwrap_or_default() == "Done 123\n")
    })?;
    assert!(!seat.customer.processes().is_empty());

    drop(seat);
    assert!(with_environment(&format!("HOME={}", home.display())).is_empty());
    assert!(!home.exists());
    Ok(())
}

#[test]
fn hardware_is_told_from_injection_on_the_customers_desktop() -> Result<()> {
    use x11rb::connection::Connection as _;
    use x11rb::protocol::Event;
    use x11rb::protocol::xinput::{ConnectionExt as _, Device, EventMask, XIEventMask};
    use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
    use x11rb::protocol::xtest::ConnectionExt as _;

    let seat = Seat::new()?;
    let inside = seat.desktop.connect()?;
    let root = beistand_tests::display::root(&inside)?;
    inside.xinput_xi_query_version(2, 2)?.reply()?;
    let mask = EventMask { deviceid: Device::ALL.into(), mask: vec![XIEventMask::RAW_KEY_PRESS] };
    inside.xinput_xi_select_events(root, &[mask])?.check()?;
    let source = || -> Result<u16> {
        beistand_tests::wait::wait_for("a key press", LONG, || match inside.poll_for_event()? {
            Some(Event::XinputRawKeyPress(event)) if event.deviceid == event.sourceid || event.sourceid > 3 => {
                Ok(Some(event.sourceid))
            }
            _ => Ok(None),
        })
    };
    seat.hands.move_to(400, 400)?;
    seat.hands.type_text("a")?;
    let hardware = source()?;
    while inside.poll_for_event()?.is_some() {}
    inside.xtest_fake_input(KEY_PRESS_EVENT, 38, 0, root, 0, 0, 0)?.check()?;
    inside.xtest_fake_input(KEY_RELEASE_EVENT, 38, 0, root, 0, 0, 0)?.check()?;
    inside.get_input_focus()?.reply()?;
    let injected = source()?;
    let name = |device: u16| -> Result<String> {
        let reply = inside.xinput_xi_query_device(device)?.reply()?;
        Ok(reply.infos.iter().map(|info| String::from_utf8_lossy(&info.name).into_owned()).collect())
    };
    assert!(name(hardware)?.contains("Xephyr"), "{}", name(hardware)?);
    assert!(name(injected)?.contains("XTEST"), "{}", name(injected)?);
    Ok(())
}

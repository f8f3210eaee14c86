//! A real terminal, in which a log runs up.

use super::*;
use crate::screen::x11::seat::Running;
use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use x11rb::connection::Connection as _;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

#[test]
fn a_real_terminal_arrives_exactly() {
    let seat = Seat::start(1024, 768);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start(seat.desktop(), &customer, epoch);
    let terminal = Terminal::open(&seat);
    // Line by line as it is looked at, and then faster than anybody looks.
    for _ in 0..LOOKED_AT {
        terminal.go_on();
        until("some lines", || technician.take(&source, true) > 0);
    }
    until("the last line", || {
        technician.take(&source, true);
        terminal.is_through()
    });
    technician.settle(&source);
    technician.sees(&seat, &source);
    assert!(technician.updates.len() > 20, "{}", technician.updates.len());
    assert!(technician.drawn.iter().any(|drawn| matches!(drawn, Drawn::Copy { .. })), "a log runs up by copies");
    assert_eq!(technician.placed, [Rect { x: 0, y: 0, width: 1024, height: 768 }]);
    assert!(!technician.shapes.is_empty() && !technician.places.is_empty());

    let before = technician.updates.len();
    let strokes = Strokes::on(&seat);
    until("an idle desktop", || {
        technician.sees(&seat, &source);
        strokes.forget();
        thread::sleep(Duration::from_millis(600));
        let came = technician.take(&source, true);
        let idle = strokes.forget() == 0;
        assert!(!idle || came == 0, "an idle desktop is silent");
        idle
    });
    source.need_whole_frame();
    until("a new stream", || technician.take(&source, true) > 0 && technician.updates.last().unwrap().stream == 2);
    assert!(technician.updates.len() > before);
    technician.settle(&source);
    technician.sees(&seat, &source);
}

/// So many times the terminal waits until it is told to go on.
const LOOKED_AT: usize = 25;

/// A terminal in which a log runs up.
struct Terminal {
    _running: Running,
    folder: tempfile::TempDir,
    pipe: File,
}

impl Terminal {
    fn open(seat: &Seat) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // At the end it asks the terminal how it is: it answers once it has read all that was written before.
        let script = format!(
            "cd '{}'; exec 3<pipe; stty -icanon -echo min 1
            for i in $(seq 400); do
                if [ $((i % 8)) = 1 ]; then if [ $i -le {} ]; then read go <&3; else sleep 0.02; fi; fi
                printf '\\033[3%dmline %d of the log, and what it says: %s\\033[0m\\n' \
                    $((i % 7 + 1)) $i $((i * i * 31 % 9973))
            done
            printf '\\033[5n'; head -c 4 >answer; touch through; sleep 600",
            folder.path().display(),
            8 * LOOKED_AT
        );
        let running = seat.run("xterm", &["-geometry", "100x40+30+20", "-e", "sh", "-c", &script]);
        let pipe = File::options().write(true).open(pipe).unwrap();
        Self { _running: running, folder, pipe }
    }

    fn go_on(&self) {
        (&self.pipe).write_all(b"\n").unwrap();
    }

    fn is_through(&self) -> bool {
        self.folder.path().join("through").exists()
    }
}

/// Counts what is drawn on a screen, whatever is made of it.
struct Strokes(RustConnection);

impl Strokes {
    fn on(seat: &Seat) -> Self {
        let (connection, _) = RustConnection::connect(Some(&seat.display)).unwrap();
        connection.damage_query_version(1, 1).unwrap().reply().unwrap();
        let damage = connection.generate_id().unwrap();
        connection.damage_create(damage, seat.screen.root, ReportLevel::RAW_RECTANGLES).unwrap().check().unwrap();
        Self(connection)
    }

    /// How many there were since this was last asked.
    fn forget(&self) -> usize {
        self.0.get_input_focus().unwrap().reply().unwrap();
        std::iter::from_fn(|| self.0.poll_for_event().unwrap()).count()
    }
}

//! What the customer shows, and what happens to it.

use crate::world::World;
use beistand_protocol::customer::Event;
use beistand_protocol::picture::Share;
use beistand_protocol::showing::{Showing, View};

impl World {
    pub(crate) fn some_share(&mut self) -> Share {
        [Share::All, Share::Monitor(1), Share::Window(7), Share::Window(8)][self.chance.below(4) as usize]
    }

    /// The customer switches.
    pub(crate) fn something_else_is_shown(&mut self) {
        let share = self.some_share();
        self.model.shows(self.now, share);
        self.customer(Event::Show(share));
    }

    /// The computer's doing: a window is closed, a monitor unplugged, or some other than is shown.
    pub(crate) fn the_desktop_changes(&mut self) {
        let share = self.some_share();
        if self.chance.once_in(3) {
            self.model.is_gone(share);
            self.customer(Event::ShareGone(share));
        } else {
            let what = [View::Monitor(1), View::All, View::Window { away: true }][self.chance.below(3) as usize];
            self.customer(Event::Showing(Showing { what, monitors: 2 }));
        }
    }
}

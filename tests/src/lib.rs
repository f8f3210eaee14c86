//! Whole-system tests: the real relay, the real app in its real windows, on real displays.
//!
//! Start reading at [`call`], a support call as both people live it; it stands on [`seat`], the two computers, on
//! [`relay`], a real relay in a folder of its own, and on [`driver`], which reads and clicks in the app's windows.
//! Must not decide anything about the product: a rule that only a test knows is no rule.

pub mod call;
pub mod desk;
pub mod desk_api;
pub mod display;
pub mod drag;
pub mod driver;
pub mod ends;
pub mod film;
pub mod fuzz;
pub mod hands;
pub mod link;
pub mod mail_server;
pub mod mail_sink;
pub mod patch;
pub mod person;
pub mod place;
pub mod postgres;
pub mod process;
pub mod relay;
pub mod rfb;
pub mod screenshot;
pub mod script;
pub mod seat;
pub mod spread;
pub mod thin_line;
pub mod viewer;
pub mod wait;
pub mod watcher;
pub mod wrong_clock;

//! The customer's side of mouse and keyboard on real displays: what is typed arrives, what must not get through
//! does not, and nothing stays down.

mod bench;
mod hardware;
mod release;
mod stop;
mod typing;
mod windows;

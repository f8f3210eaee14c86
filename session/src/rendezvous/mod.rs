//! The connection to the relay, from either end.

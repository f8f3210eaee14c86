//! What an end and the relay say to each other.

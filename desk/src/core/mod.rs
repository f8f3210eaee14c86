//! What may happen to a ticket, and who may see and do what. Pure: no I/O, no clock, no randomness.

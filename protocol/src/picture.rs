//! What a picture of the customer's screen is on the wire.

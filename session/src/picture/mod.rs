//! Encoding and decoding of the picture, and when a frame may be sent.

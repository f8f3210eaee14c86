//! What the technician's mouse and keyboard send.

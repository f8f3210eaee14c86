//! Capture of screens, one file a platform.

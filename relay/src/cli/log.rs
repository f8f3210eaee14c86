//! What `serve` logs, to the standard error stream.
//!
//! Only this program's own words may be wordy: a library could log what must not be in a log, such as what came
//! over the network.

use crate::shell::config::{Log, LogFormat, LogLevel};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Logs from now on.
pub(super) fn to_stderr(log: &Log) {
    subscriber(log, std::io::stderr).init();
}

fn subscriber(log: &Log, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> impl Subscriber + Send + Sync {
    let own = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let cap = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("rustls", LevelFilter::ERROR)
        .with_target("beistand", own);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    tracing_subscriber::registry().with(cap).with(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_library_says_more_than_a_warning_at_any_level() {
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug] {
            let written = Written::default();
            let writer = written.clone();
            let log = Log { level, ..Log::default() };
            tracing::subscriber::with_default(subscriber(&log, move || writer.clone()), || {
                tracing::trace!(target: "tungstenite::protocol", "burn_token");
                tracing::debug!(target: "tungstenite::protocol", "burn_token");
                tracing::info!(target: "tungstenite::protocol", "burn_token");
                tracing::info!(target: "hyper", "burn_token");
                tracing::debug!(target: "sqlx::query", "burn_token");
                tracing::error!(target: "beistand_relay::shell", "our own");
            });
            let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
            assert!(text.contains("our own") && !text.contains("burn_token"), "{text}");
        }
    }
}

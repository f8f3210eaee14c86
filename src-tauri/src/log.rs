//! What of both processes is logged, to the standard error stream.
//!
//! Only this program's own words may be wordy: a library could log what must not be in a log, such as what came
//! over the network. So `BEISTAND_LOG` only says how much Beistand itself tells.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Unless `BEISTAND_LOG` says otherwise.
const USUAL: &str = "warn,beistand=info,beistand_session=info";

/// Logs from now on; `BEISTAND_LOG` says how much.
pub(crate) fn to_stderr() {
    subscriber(std::env::var("BEISTAND_LOG").ok().as_deref(), std::io::stderr).init();
}

fn subscriber(
    wanted: Option<&str>,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    let wanted = wanted.and_then(|wanted| EnvFilter::try_new(wanted).ok()).unwrap_or_else(|| EnvFilter::new(USUAL));
    // Both must let a line pass.
    let cap = Targets::new().with_default(LevelFilter::WARN).with_target("beistand", LevelFilter::TRACE);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    tracing_subscriber::registry().with(wanted).with(cap).with(lines)
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

    fn logged(wanted: Option<&str>) -> String {
        let written = Written::default();
        let writer = written.clone();
        tracing::subscriber::with_default(subscriber(wanted, move || writer.clone()), || {
            tracing::trace!(target: "tungstenite::protocol", "burn_token");
            tracing::debug!(target: "tungstenite::protocol", "burn_token");
            tracing::info!(target: "tungstenite::protocol", "burn_token");
            tracing::debug!(target: "tokio_tungstenite", "burn_token");
            tracing::debug!(target: "hyper", "burn_token");
            tracing::warn!(target: "rustls", "warned");
            tracing::debug!(target: "beistand_session::worker", "our own");
        });
        let text = written.0.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn no_library_says_more_than_a_warning_whatever_is_wanted() {
        for wanted in ["trace", "tungstenite=trace", "tungstenite::protocol=trace,hyper=debug", "=,=", ""] {
            assert!(!logged(Some(wanted)).contains("burn_token"), "{wanted}");
        }
        assert!(!logged(None).contains("burn_token"));
        let all = logged(Some("trace"));
        assert!(all.contains("warned") && all.contains("our own"), "{all}");
    }
}

//! A small mail server of the tests' own, on this computer and without TLS: it keeps what it gets, and can misbehave
//! where a real one never would at the right moment.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::wait::wait_until;

/// A mail as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// To whom.
    pub to: String,
    /// All of it, with its headers.
    pub mail: Vec<u8>,
}

/// What the sink does with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    Accepts,
    /// Takes it and never says so.
    KeepsSilent,
    /// Takes it and hangs up.
    HangsUp,
}

/// A mail server that runs as long as the process.
#[derive(Clone)]
pub struct MailSink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    caught: Mutex<Vec<Caught>>,
    manner: Mutex<Manner>,
}

impl MailSink {
    /// Starts one.
    ///
    /// # Errors
    /// When it can't listen.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { caught: Mutex::default(), manner: Mutex::new(Manner::Accepts) });
        let sink = Self { address, shared };
        let own = sink.clone();
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                let sink = own.clone();
                // Whoever hangs up in the middle is no concern of ours.
                thread::spawn(move || sink.serve(&tcp).is_ok());
            }
        });
        Ok(sink)
    }

    /// What the relay's `relay.toml` says to use it.
    #[must_use]
    pub fn relay_config(&self) -> String {
        format!(
            "\n[mail]\nserver = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"support@musterfirma.example\"\n",
            self.address.port()
        )
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on it does this with mails.
    pub fn behaves(&self, manner: Manner) {
        *lock(&self.shared.manner) = manner;
    }

    /// Everything that came in, in order.
    #[must_use]
    pub fn caught(&self) -> Vec<Caught> {
        lock(&self.shared.caught).clone()
    }

    /// Waits until so many mails have come in.
    ///
    /// # Errors
    /// When they have not within `limit`.
    pub fn wait_for(&self, count: usize, limit: Duration) -> Result<Vec<Caught>> {
        wait_until(&format!("{count} mails"), limit, || Ok(self.caught().len() >= count))?;
        Ok(self.caught())
    }

    fn serve(&self, tcp: &TcpStream) -> Result<()> {
        let mut say = tcp;
        let mut hear = BufReader::new(tcp);
        say.write_all(b"220 sink\r\n")?;
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if hear.by_ref().take(2048).read_line(&mut line)? == 0 {
                return Ok(());
            }
            let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" | "HELO" => say.write_all(b"250 sink\r\n")?,
                "RCPT" => {
                    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                    to = address.map(|(address, _)| address.to_owned()).unwrap_or_default();
                    say.write_all(b"250 yes\r\n")?;
                }
                "DATA" => {
                    say.write_all(b"354 go on\r\n")?;
                    let mail = read_mail(&mut hear)?;
                    lock(&self.shared.caught).push(Caught { to: to.clone(), mail });
                    let manner = *lock(&self.shared.manner);
                    match manner {
                        Manner::Accepts => say.write_all(b"250 taken\r\n")?,
                        Manner::KeepsSilent => thread::sleep(Duration::from_secs(3600)),
                        Manner::HangsUp => return Ok(()),
                    }
                }
                "QUIT" => {
                    say.write_all(b"221 bye\r\n")?;
                    return Ok(());
                }
                _ => say.write_all(b"250 yes\r\n")?,
            }
        }
    }
}

/// Reads up to the line with a single dot; dots that were doubled for it are single again.
fn read_mail(hear: &mut BufReader<&TcpStream>) -> Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        if hear.read_until(b'\n', &mut line)? == 0 || line == b".\r\n" {
            return Ok(mail);
        }
        let text = line.strip_prefix(b".").unwrap_or(&line);
        mail.extend_from_slice(text);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

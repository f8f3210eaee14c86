//! The company's mail server: reaching it, trusting it, and handing it a mail.
//!
//! The connection is made here step by step, so that each failure has its own sentence; lettre speaks SMTP over it.
//! Without TLS nothing is said but to this very computer.

mod stream;

use super::tls::{Roots, RootsError};
use super::trouble::Trouble;
use beistand_protocol::secret::Secret;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use serde::Deserialize;
use std::error::Error as _;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use stream::{NoTls, Stream, Wire};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// For one address of the server to answer.
const CONNECT: Duration = Duration::from_secs(6);
/// For all until mail can be sent.
const READY: Duration = Duration::from_secs(25);
/// For each step of that, and each before the mail itself.
const STEP: Duration = Duration::from_secs(10);
/// For the server's "accepted". With all before it, shorter than the outbox's lease.
const ACCEPT: Duration = Duration::from_secs(30);

/// How the connection is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Plain at first, TLS before anything is said; without it nothing is sent.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: only to this very computer.
    None,
}

/// How to sign in to the mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account.
    pub user: String,
    /// Its password.
    pub password: Secret<String>,
}

/// A mail server that takes mail for everybody.
#[derive(Clone, Debug)]
pub struct Server {
    host: String,
    port: u16,
    security: Security,
    login: Option<Login>,
    roots: Roots,
    hello: String,
}

/// What the server said when it took a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted(pub String);

/// A connection over which mail can be sent.
pub struct Line {
    smtp: AsyncSmtpConnection,
    host: String,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Server {
    /// A server of this name; `ca` is the PEM of the only authorities to trust, if not the computer's.
    /// `hello` is the name this computer gives itself.
    ///
    /// # Errors
    /// When there is nothing to know its certificate by.
    pub fn new(
        (host, port): (&str, u16),
        security: Security,
        login: Option<Login>,
        ca: Option<&[u8]>,
        hello: &str,
    ) -> Result<Self, RootsError> {
        let roots = ca.map_or_else(Roots::of_computer, Roots::of_pem)?;
        Ok(Self { host: host.to_owned(), port, security, login, roots, hello: hello.to_owned() })
    }

    /// Connects, secures and signs in.
    ///
    /// # Errors
    /// What is wrong with the server or how it is set up here; always the server's trouble.
    pub async fn connect(&self) -> Result<Line, Trouble> {
        let ready = timeout(READY, self.make_ready()).await;
        ready.unwrap_or_else(|_| Err(Trouble::silent(&self.host, self.port)))
    }

    async fn make_ready(&self) -> Result<Line, Trouble> {
        let silent = || Trouble::silent(&self.host, self.port);
        let (tcp, peer) = self.reach().await?;
        let stream = match self.security {
            Security::None => Stream::new(Wire::Plain(tcp), peer, ""),
            Security::Tls => Stream::new(self.secure(tcp).await?, peer, ""),
            Security::Starttls => {
                let ready = timeout(STEP, stream::start_tls(tcp, &self.hello)).await.map_err(|_| silent())?;
                let tcp = ready.map_err(|error| self.no_tls(error))?;
                Stream::new(self.secure(tcp).await?, peer, "220 secured\r\n")
            }
        };
        let hello = ClientId::Domain(self.hello.clone());
        let greeted = timeout(STEP, AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello)).await;
        let smtp = greeted.map_err(|_| silent())?.map_err(|error| match code(&error) {
            Some(code) => Trouble::turned_away(&self.host, code, &answer(&error)),
            None => Trouble::no_mail_server(&self.host, self.port),
        })?;
        let mut line = Line { smtp, host: self.host.clone() };
        if let Some(login) = &self.login {
            line.sign_in(login).await?;
        }
        Ok(line)
    }

    async fn reach(&self) -> Result<(TcpStream, SocketAddr), Trouble> {
        let found = timeout(CONNECT, lookup_host((self.host.as_str(), self.port))).await;
        let addresses: Vec<SocketAddr> = found.ok().and_then(Result::ok).into_iter().flatten().collect();
        let mut failed = None;
        for address in &addresses {
            if self.security == Security::None && !address.ip().is_loopback() {
                return Err(Trouble::unsecured(&self.host));
            }
            match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return Ok((tcp, *address)),
                Ok(Err(error)) => failed = Some(error),
                Err(_) => failed = Some(io::ErrorKind::TimedOut.into()),
            }
        }
        Err(failed.map_or_else(
            || Trouble::no_such_host(&self.host),
            |error| Trouble::not_connected(&self.host, self.port, &error),
        ))
    }

    async fn secure(&self, tcp: TcpStream) -> Result<Wire, Trouble> {
        let secured = timeout(STEP, self.roots.handshake(&self.host, tcp)).await;
        let secured = secured.map_err(|_| Trouble::silent(&self.host, self.port))?;
        let tls = secured.map_err(|error| Trouble::tls(&self.host, self.security, &error))?;
        Ok(Wire::Tls(Box::new(tls)))
    }

    fn no_tls(&self, error: NoTls) -> Trouble {
        match error {
            NoTls::NoSmtp => Trouble::no_mail_server(&self.host, self.port),
            NoTls::NotOffered => Trouble::no_starttls(&self.host, self.port),
            NoTls::TurnedAway(code, said) => Trouble::turned_away(&self.host, code, &said),
            NoTls::Ended(error) => Trouble::not_connected(&self.host, self.port, &error),
        }
    }
}

impl Line {
    async fn sign_in(&mut self, login: &Login) -> Result<(), Trouble> {
        let credentials = Credentials::new(login.user.clone(), login.password.expose().clone());
        let signed_in = timeout(STEP, self.smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await;
        match signed_in {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Trouble::sign_in(&self.host, code(&error), &answer(&error))),
            Err(_) => Err(Trouble::sign_in(&self.host, Some(0), "nothing")),
        }
    }

    /// Hands over one mail, which is for one address. After an error this line is of no more use.
    ///
    /// # Errors
    /// Why it was not accepted, or that this is unknown.
    pub async fn send(&mut self, from: &Address, to: &Address, mail: &[u8]) -> Result<Accepted, Trouble> {
        let host = self.host.clone();
        self.command(Mail::new(Some(from.clone()), Vec::new()))
            .await
            .map_err(|(code, said)| Trouble::sender(&host, from.as_ref(), code, &said))?;
        self.command(Rcpt::new(to.clone(), Vec::new()))
            .await
            .map_err(|(code, said)| Trouble::recipient(&host, code, &said))?;
        self.command(Data).await.map_err(|(code, said)| Trouble::content(&host, code, &said))?;
        match timeout(ACCEPT, self.smtp.message(mail)).await {
            Ok(Ok(accepted)) => Ok(Accepted(one_line(&accepted.message().collect::<Vec<_>>().join(" ")))),
            Ok(Err(error)) => Err(match code(&error) {
                Some(code) => Trouble::content(&host, code, &answer(&error)),
                None => Trouble::lost(&host),
            }),
            Err(_) => Err(Trouble::lost(&host)),
        }
    }

    /// Gives the server's code and words if it refuses, and 421 ("closing") if it is gone.
    async fn command(&mut self, command: impl fmt::Display + Send) -> Result<(), (u16, String)> {
        match timeout(STEP, self.smtp.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err((code(&error).unwrap_or(421), answer(&error))),
            Err(_) => Err((421, "nothing".to_owned())),
        }
    }

    /// Says goodbye; whether the server hears it does not matter.
    pub async fn close(mut self) {
        let _ = timeout(Duration::from_secs(2), self.smtp.quit()).await;
    }
}

fn code(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

/// What the server said, or what happened instead.
fn answer(error: &Error) -> String {
    let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match code(error) {
        Some(code) => one_line(&format!("{code} {said}")),
        None => one_line(&said),
    }
}

/// A server's words become part of a sentence: one line, and not endless.
fn one_line(said: &str) -> String {
    let shown = said.chars().map(|one| if one.is_control() { ' ' } else { one });
    shown.take(300).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

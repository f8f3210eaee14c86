//! `serve`: accepts connections on one port, keeps the time, hears of disabled accounts, renews the certificate,
//! and stops without tearing what runs.

use super::authority::{Authority, ServerIdentity, read_pem};
use super::config::Config;
use super::counters::Counters;
use super::folder::{self, Folder};
use super::hall::Hall;
use super::sign_in::Desk;
use super::store::Store;
use super::tls::Presented;
use super::{desk, desk_store, http, mail, password};
use crate::core::{Allowance, Budget, Event, Prefix};
use anyhow::{Context, Result, anyhow};
use axum::{Extension, Router};
use beistand_desk::http::PeerAddress;
use beistand_protocol::rendezvous::Domain;
use beistand_protocol::rendezvous::api::CompanyFile;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;

const TLS_DEADLINE: Duration = Duration::from_secs(10);
/// A connection that is no WebSocket is over by then, also with a file on a slow line.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(10 * 60);
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(200);
const REVISION_EVERY: Duration = Duration::from_millis(500);
const REPORT_EVERY: Duration = Duration::from_secs(60);
const CERTIFICATE_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long the last words may take after everything was ended.
const FAREWELL: Duration = Duration::from_secs(3);
/// How much may wait in the kernel before a writer is held up: a key press must not queue behind a picture.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 16 * 1024;

/// What every connection shares.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) config: Config,
    /// The configured domain, with the bound port in place of port 0.
    pub(super) domain: Domain,
    pub(super) authority: Authority,
    pub(super) store: Store,
    pub(super) hall: Arc<Hall>,
    pub(super) desk: Desk,
    pub(super) counters: Arc<Counters>,
    pub(super) draining: AtomicBool,
}

/// Where a connection comes from. Its place among the network's connections is held as long as this lives.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) prefix: Prefix,
    _permit: Arc<Permit>,
}

/// How many connections each network has.
#[derive(Debug)]
struct Doorman {
    per_network: usize,
    in_all: usize,
    inside: Mutex<HashMap<Prefix, usize>>,
}

#[derive(Debug)]
struct Permit {
    doorman: Arc<Doorman>,
    prefix: Prefix,
}

impl Doorman {
    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Peer> {
        let prefix = Prefix::of(address);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let full = inside.values().sum::<usize>() >= self.in_all;
        let of_network = inside.get(&prefix).copied().unwrap_or_default();
        if full || of_network >= self.per_network {
            return None;
        }
        inside.insert(prefix, of_network + 1);
        let permit = Permit { doorman: Arc::clone(self), prefix };
        Some(Peer { prefix, _permit: Arc::new(permit) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.doorman.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.prefix) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inside.remove(&self.prefix);
            }
        }
    }
}

/// Serves until it is told to stop. `announce` is a file to write once the port is bound: the `beistand.toml` of
/// what is served.
///
/// # Errors
/// A sentence for the admin.
pub async fn serve(folder: &Folder, config: Config, announce: Option<&Path>) -> Result<()> {
    let authority = Authority::load(folder)?;
    for key in [folder.root_key(), folder.server_key()] {
        if folder::is_open_to_others(&key) {
            let path = key.display();
            tracing::warn!("Others than its owner may read or change {path}. Take that away: chmod 600 {path}");
        }
    }
    let store = Store::open(&folder.database()).await?;
    let tickets = desk_store::open(folder, &config).await?;
    let listener = bind(config.listen).await?;
    let bound = listener.local_addr().context("The bound address can't be read.")?;
    let domain = if config.domain.port() == 0 { config.domain.with_port(bound.port()) } else { config.domain.clone() };
    let presented = Presented::new(server_identity(folder, &config, &authority, &domain)?)?;
    let acceptor = TlsAcceptor::from(presented.config()?);

    let counters = Arc::new(Counters::default());
    let hall = Hall::new(config.room_limits(), Arc::clone(&counters));
    hall.handle(Event::Disabled(store.disabled().await?));
    tokio::task::spawn_blocking(password::warm_up);
    let within = Duration::from_secs(config.limits.window_seconds);
    let sign_ins = Desk::new(
        Budget::new(Allowance { count: config.limits.sign_ins_per_network, within }),
        Budget::new(Allowance { count: config.limits.sign_ins_per_login, within }),
    );
    let doorman = Arc::new(Doorman {
        per_network: config.limits.connections_per_network,
        in_all: config.limits.connections,
        inside: Mutex::default(),
    });
    let relay = Arc::new(Relay {
        config,
        domain,
        authority,
        store,
        hall,
        desk: sign_ins,
        counters,
        draining: AtomicBool::new(false),
    });

    let (stop_mail, mail_stops) = watch::channel(false);
    let postman = mail::start(&relay.config, folder, &relay.domain, &tickets, mail_stops)?;
    let mut tasks = JoinSet::new();
    let (routes, desk_work) = desk::open(folder, &relay, &tickets)?;
    tasks.spawn(desk_work);
    let routes = http::routes(Arc::clone(&relay), routes);
    tasks.spawn(accept(listener, acceptor, routes, Arc::clone(&doorman), Arc::clone(&relay)));
    tasks.spawn(keep_time(Arc::clone(&relay)));
    tasks.spawn(hear_of_changes(Arc::clone(&relay)));
    tasks.spawn(renew(folder.clone(), Arc::clone(&relay), presented));
    if let Some(path) = announce {
        folder::write_public(path, &company_file(&relay.config, &relay.domain, &relay.authority)?)?;
    }
    tracing::info!(address = %bound, domain = %relay.domain, root = %relay.authority.fingerprint(), "Relay listens");
    stop(&relay).await?;
    // The letter on its way is noted as sent, or it would be sent again.
    let _ = stop_mail.send(true);
    let _ = timeout(FAREWELL, postman).await;
    tasks.shutdown().await;
    tickets.close().await;
    relay.store.close().await;
    tracing::info!("Relay stopped");
    Ok(())
}

/// What customers get beside the program.
///
/// # Errors
/// Only if the library can't write it.
pub fn company_file(config: &Config, domain: &Domain, authority: &Authority) -> Result<String> {
    let file = CompanyFile {
        domain: domain.clone(),
        company: config.company.clone(),
        root_sha256: authority.fingerprint(),
        public_certificate: config.certificate.is_some(),
    };
    Ok(toml::to_string(&file)?)
}

fn server_identity(folder: &Folder, config: &Config, authority: &Authority, domain: &Domain) -> Result<ServerIdentity> {
    match &config.certificate {
        Some(own) => read_pem(&folder.path().join(&own.chain), &folder.path().join(&own.key)),
        None => authority.server(folder, domain, SystemTime::now()),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    // The kinds belong to the standard library and grow; what is not named is shown as it is.
    #[allow(clippy::wildcard_enum_match_arm)]
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "The address {address} is already in use. Stop the program that uses it, or change `listen` in relay.toml."
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "This user may not listen on port {}. Choose a port above 1023 in relay.toml, or give the program the \
             right: setcap cap_net_bind_service=+ep",
            address.port()
        ),
        io::ErrorKind::AddrNotAvailable => {
            anyhow!("This machine does not have the address {address}. Change `listen` in relay.toml.")
        }
        _ => anyhow!("Can't listen on {address}: {error}."),
    })
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    routes: Router,
    doorman: Arc<Doorman>,
    relay: Arc<Relay>,
) {
    loop {
        let (tcp, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, or gone before it was accepted: neither gets better by trying faster.
                tracing::debug!(%error, "A connection was not accepted");
                relay.counters.count("not_accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        match doorman.admit(address.ip()) {
            Some(peer) => {
                tracing::debug!(%address, "Connection");
                let routes = routes.clone().layer(Extension(PeerAddress(address.ip())));
                tokio::spawn(connection(tcp, acceptor.clone(), routes, peer, Arc::clone(&relay)));
            }
            None => relay.counters.count("too_many_connections"),
        }
    }
}

async fn connection(tcp: TcpStream, acceptor: TlsAcceptor, routes: Router, peer: Peer, relay: Arc<Relay>) {
    if tune(&tcp).is_err() {
        return;
    }
    let Ok(Ok(tls)) = timeout(TLS_DEADLINE, acceptor.accept(tcp)).await else {
        relay.counters.count("tls_handshake");
        return;
    };
    let service = TowerToHyperService::new(routes.layer(Extension(peer)));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(tls), service)
        .with_upgrades();
    // An upgraded connection is a task of its own by then.
    match timeout(CONNECTION_DEADLINE, served).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => relay.counters.count("http"),
        Err(_) => relay.counters.count("request_too_slow"),
    }
}

fn tune(tcp: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(tcp);
    socket.set_tcp_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(UNSENT_BYTES)?;
    Ok(())
}

async fn keep_time(relay: Arc<Relay>) {
    let mut ticks = interval(TICK);
    let mut reported = Instant::now();
    loop {
        ticks.tick().await;
        relay.hall.handle(Event::Tick);
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            relay.counters.report();
        }
    }
}

/// Another process may disable an account at any time; its sessions end within two seconds.
async fn hear_of_changes(relay: Arc<Relay>) {
    let mut known = None;
    let mut failing = false;
    let mut ticks = interval(REVISION_EVERY);
    loop {
        ticks.tick().await;
        let heard = async {
            let revision = relay.store.revision().await?;
            if known != Some(revision) {
                relay.hall.handle(Event::Disabled(relay.store.disabled().await?));
                known = Some(revision);
            }
            anyhow::Ok(())
        };
        match heard.await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::error!("{error:#}");
            }
            Err(_) => {}
        }
    }
}

async fn renew(folder: Folder, relay: Arc<Relay>, presented: Arc<Presented>) {
    let mut ticks = interval(CERTIFICATE_EVERY);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let renewed = server_identity(&folder, &relay.config, &relay.authority, &relay.domain)
            .and_then(|identity| presented.exchange(identity));
        if let Err(error) = renewed {
            tracing::warn!("The server certificate was not renewed, the old one stays: {error:#}");
        }
    }
}

/// Waits for the signal, lets the running sessions end, and ends them when their time is over or at a second signal.
async fn stop(relay: &Relay) -> Result<()> {
    let mut signals = Signals::new()?;
    signals.next().await;
    let grace = Duration::from_secs(relay.config.stop.grace_seconds);
    tracing::info!(sessions = relay.hall.sessions(), seconds = grace.as_secs(), "Relay stops; no new sessions");
    relay.draining.store(true, Ordering::Relaxed);
    relay.hall.handle(Event::Draining { grace });
    let all_over = async {
        while relay.hall.sessions() > 0 {
            sleep(TICK).await;
        }
    };
    tokio::select! {
        _ = timeout(grace, all_over) => {}
        () = signals.next() => {}
    }
    relay.hall.handle(Event::Stopped);
    let said = async {
        while relay.hall.connections() > 0 {
            sleep(TICK / 4).await;
        }
        // The last words of those who have already left the hall.
        sleep(TICK).await;
    };
    let _ = timeout(FAREWELL, said).await;
    relay.counters.report();
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_share_of_connections_and_gets_it_back() {
        let doorman = Arc::new(Doorman { per_network: 2, in_all: 3, inside: Mutex::default() });
        let admit = |last: u8, third: u8| doorman.admit([10, 0, third, last].into());
        let first = admit(1, 1);
        let _second = admit(2, 1).unwrap();
        assert!(admit(3, 1).is_none());
        let _other = admit(1, 2).unwrap();
        assert!(admit(1, 3).is_none());
        drop(first);
        assert!(admit(3, 1).is_some());
    }

    #[tokio::test]
    async fn a_port_in_use_says_what_to_do() {
        let taken = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let sentence = bind(taken.local_addr().unwrap()).await.unwrap_err().to_string();
        assert!(sentence.contains("already in use") && sentence.contains("`listen`"), "{sentence}");
    }
}

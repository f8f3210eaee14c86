//! The TCP connection below the outer TLS: directly, or through the proxy that the computer is told to use.

use super::{ConnectError, proxy, tls};
use crate::rendezvous::DomainTrust;
use beistand_protocol::rendezvous::Role;
use socket2::SockRef;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that each step of a new connection may take.
pub(super) const STEP_DEADLINE: Duration = Duration::from_secs(10);
/// How much may wait in the kernel before a writer is held up: a key press must not queue behind a picture.
const UNSENT_BYTES: u32 = 16 * 1024;

/// Connects to the relay of `trust` and makes the outer TLS.
///
/// `side` is set for the line of a session. The customer's line lingers for nothing: what is queued when the
/// worker dies must not arrive afterwards.
pub(super) async fn open(trust: &DomainTrust, side: Option<Role>) -> Result<tls::TlsStream, ConnectError> {
    let tcp = timeout(STEP_DEADLINE, dial(trust)).await.map_err(|_| ConnectError::timed_out())?;
    let tcp = tcp.map_err(ConnectError::Unreachable)?;
    tune(&tcp, side).map_err(ConnectError::Unreachable)?;
    timeout(STEP_DEADLINE, tls::handshake(trust, tcp)).await.map_err(|_| ConnectError::timed_out())?
}

async fn dial(trust: &DomainTrust) -> io::Result<TcpStream> {
    let (host, port) = (trust.domain.host(), trust.domain.port());
    match proxy::for_host(host) {
        Some(proxy) => proxy.tunnel(host, port).await,
        None => TcpStream::connect((host, port)).await,
    }
}

fn tune(tcp: &TcpStream, side: Option<Role>) -> io::Result<()> {
    let socket = SockRef::from(tcp);
    socket.set_tcp_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(UNSENT_BYTES)?;
    if side == Some(Role::Customer) {
        socket.set_linger(Some(Duration::ZERO))?;
    }
    Ok(())
}

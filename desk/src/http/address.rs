//! From which network somebody asks, and how often they may.

use axum::http::HeaderMap;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The address at the other end of the connection. The server puts it into each request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

/// A range of addresses, such as `10.0.0.0/8` or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: u128,
    bits: u32,
}

/// Why a text is no range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address or a range is wanted, such as 127.0.0.1 or 10.0.0.0/8")]
pub struct NoNetwork;

fn bits_of(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for Network {
    type Err = NoNetwork;
    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| NoNetwork)?;
        let most = if address.to_canonical().is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse().map_err(|_| NoNetwork))?;
        if bits > most {
            return Err(NoNetwork);
        }
        Ok(Self { address: bits_of(address), bits: bits + 128 - most })
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        let shift = 128 - self.bits;
        self.bits == 0 || self.address >> shift == bits_of(address) >> shift
    }
}

/// Who may say for whom they ask: proxies before the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(pub Vec<Network>);

/// How many addresses of a chain are looked at.
const MOST_HOPS: usize = 32;

impl Proxies {
    /// Who really asks. Each proxy adds at the right whom it heard; so from the right, the first that is no proxy of
    /// ours. What stands further left anybody may have written.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let is_ours = |address: IpAddr| self.0.iter().any(|network| network.holds(address));
        let mut client = peer;
        let said = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let said: Vec<&str> = said.flat_map(|value| value.split(',')).collect();
        let mut hops = said.iter().rev().take(MOST_HOPS);
        while is_ours(client) {
            match hops.next().map(|hop| hop.trim().parse()) {
                Some(Ok(address)) => client = address,
                // A proxy of ours that says nonsense, or nobody before it.
                Some(Err(_)) | None => break,
            }
        }
        client
    }
}

/// A neighbourhood: /32 of IPv4, /56 of IPv6.
pub(super) fn prefix(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 72 << 72).octets(),
    }
}

/// What somebody does too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    /// Sends a form with a PIN.
    Form,
    /// Sends a file without a credential.
    File,
    /// Tries a link code.
    Link,
}

impl Deed {
    /// How often one neighbourhood may in an hour. More than the desk itself looks at; this protects the disk.
    const fn most(self) -> u32 {
        match self {
            Self::Form => 60,
            Self::File => 60,
            Self::Link => 20,
        }
    }
}

const WINDOW: Duration = Duration::from_secs(60 * 60);
/// A flood of strangers must not fill the memory.
const MOST_KEYS: usize = 50_000;

/// Counts by neighbourhood.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<HashMap<Counted, (Instant, u32)>>);

/// What is counted: who does what.
type Counted = (Deed, [u8; 16]);

impl Gate {
    /// Counts once; says after how many seconds to come again if it was once too often.
    pub(super) fn pass(&self, deed: Deed, address: IpAddr, now: Instant) -> Result<(), u32> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS {
            counts.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        let key = (deed, prefix(address));
        if counts.len() >= MOST_KEYS && !counts.contains_key(&key) {
            return Err(60);
        }
        let (since, count) = counts.entry(key).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        if *count <= deed.most() {
            return Ok(());
        }
        Err(u32::try_from((WINDOW.saturating_sub(now.duration_since(*since))).as_secs()).unwrap_or(u32::MAX).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &[&str], peer: &str, said: &[&str]) -> String {
        let proxies = Proxies(proxies.iter().map(|one| one.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        said.iter().for_each(|one| _ = headers.append("x-forwarded-for", one.parse().unwrap()));
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_our_proxies_may_say_for_whom_they_ask() {
        assert_eq!(client(&[], "192.0.2.1", &["10.9.9.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["10.9.9.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        // The left was written by whoever asks.
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1", "192.0.2.7, 10.0.0.2"]), "192.0.2.7");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, nonsense"]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&["127.0.0.1", "2001:db8::/32"], "2001:db8::1", &["2001:db9::5"]), "2001:db9::5");
        assert_eq!(client(&["127.0.0.1"], "::ffff:127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        let endless = vec!["10.0.0.9"; 5000].join(",");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[&endless]), "10.0.0.9");
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1/-1", "x"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_neighbourhood_runs_out_and_gets_it_back() {
        let (gate, now) = (Gate::default(), Instant::now());
        let pass = |address: &str, now| gate.pass(Deed::Link, address.parse().unwrap(), now);
        (0..20).for_each(|_| assert_eq!(pass("2001:db8::1", now), Ok(())));
        assert_eq!(pass("2001:db8::ffff", now), Err(3600));
        assert_eq!(pass("2001:db8:0:100::1", now), Ok(()));
        assert_eq!(pass("2001:db8::1", now + WINDOW), Ok(()));
    }
}

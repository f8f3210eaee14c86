//! An HTTP proxy that tunnels by `CONNECT`, as the environment names it. It sees the domain and ciphertext.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MAX_ANSWER_BYTES: usize = 8 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    host: String,
    port: u16,
}

/// The proxy for `host`, from `https_proxy` and `no_proxy`; this computer itself is never behind one.
pub(super) fn for_host(host: &str) -> Option<Proxy> {
    let variable = |lower: &str, upper: &str| std::env::var(lower).or_else(|_| std::env::var(upper)).ok();
    choose(
        host,
        variable("https_proxy", "HTTPS_PROXY")?.as_str(),
        variable("no_proxy", "NO_PROXY").unwrap_or_default().as_str(),
    )
}

fn choose(host: &str, proxy: &str, exceptions: &str) -> Option<Proxy> {
    let excepted = |exception: &str| {
        let exception = exception.trim().trim_start_matches("*.").trim_start_matches('.');
        !exception.is_empty()
            && (exception == "*"
                || host == exception
                || host.strip_suffix(exception).is_some_and(|rest| rest.ends_with('.')))
    };
    if host == "localhost" || host.starts_with("127.") || exceptions.split(',').any(excepted) {
        return None;
    }
    let proxy = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let url = url::Url::parse(&proxy).ok()?;
    (url.scheme() == "http").then_some(())?;
    Some(Proxy { host: url.host_str()?.to_owned(), port: url.port().unwrap_or(80) })
}

impl Proxy {
    /// A connection to `host` and `port` through this proxy.
    pub(super) async fn tunnel(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
        tcp.write_all(request.as_bytes()).await?;
        // Byte by byte, so that nothing of the tunnel is read with the answer.
        let mut answer = Vec::with_capacity(256);
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() >= MAX_ANSWER_BYTES {
                return Err(io::ErrorKind::InvalidData.into());
            }
            answer.push(tcp.read_u8().await?);
        }
        let accepted = answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.0 200");
        if accepted { Ok(tcp) } else { Err(io::Error::other("the proxy does not let this connection through")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_used_unless_excepted() {
        let proxy = Some(Proxy { host: String::from("proxy.firma.example"), port: 3128 });
        assert_eq!(choose("help.example", "http://proxy.firma.example:3128", ""), proxy);
        assert_eq!(choose("help.example", "proxy.firma.example:3128", "other.example"), proxy);
        assert_eq!(choose("help.example", "http://proxy:1", "foo, .help.example, help.example"), None);
        assert_eq!(choose("a.help.example", "http://proxy:1", ".help.example"), None);
        assert_eq!(choose("ahelp.example", "proxy.firma.example:3128", "help.example"), proxy);
        assert_eq!(choose("localhost", "http://proxy:1", ""), None);
        assert_eq!(choose("help.example", "socks5://proxy:1", ""), None);
    }
}

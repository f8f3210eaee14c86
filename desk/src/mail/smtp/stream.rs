//! The connection below SMTP: plain or TLS, and the few words of SMTP that come before TLS.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf,
};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What a mail server says in one connection at most: more is no mail server.
const MOST_BYTES: usize = 1 << 20;
const MOST_LINE_BYTES: u64 = 2048;
const MOST_LINES: usize = 100;

/// Plain or secured.
#[derive(Debug)]
pub(super) enum Wire {
    /// To this computer only.
    Plain(TcpStream),
    /// To all others.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A wire on which something was "said" already: after STARTTLS there is no second greeting, and lettre waits for one.
#[derive(Debug)]
pub(super) struct Stream {
    wire: Wire,
    peer: SocketAddr,
    said: &'static [u8],
    heard_bytes: usize,
}

impl Stream {
    pub(super) const fn new(wire: Wire, peer: SocketAddr, said: &'static str) -> Self {
        Self { wire, peer, said: said.as_bytes(), heard_bytes: 0 }
    }
}

impl AsyncTokioStream for Stream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.said.is_empty() {
            let (now, later) = self.said.split_at(self.said.len().min(buf.remaining()));
            buf.put_slice(now);
            self.said = later;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(match &mut self.wire {
            Wire::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Wire::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        })?;
        self.heard_bytes += buf.filled().len() - before;
        if self.heard_bytes > MOST_BYTES {
            return Poll::Ready(Err(io::Error::other("the server says too much")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Wire::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Wire::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Wire::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

/// Why TLS could not be started on a plain connection.
#[derive(Debug)]
pub(super) enum NoTls {
    /// What answers does not speak SMTP.
    NoSmtp,
    /// It does, but offers no STARTTLS or takes it back.
    NotOffered,
    /// It takes no mail from us at present; with its code and words.
    TurnedAway(u16, String),
    /// The connection ended.
    Ended(io::Error),
}

impl From<io::Error> for NoTls {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::InvalidData { Self::NoSmtp } else { Self::Ended(error) }
    }
}

/// Speaks SMTP up to the point where TLS begins.
pub(super) async fn start_tls(tcp: TcpStream, hello: &str) -> Result<TcpStream, NoTls> {
    let mut tcp = BufReader::new(tcp);
    let greeting = reply(&mut tcp).await?;
    if greeting.0 != 220 {
        return Err(NoTls::TurnedAway(greeting.0, greeting.1.join(" ")));
    }
    tcp.write_all(format!("EHLO {hello}\r\n").as_bytes()).await?;
    let (code, offers) = reply(&mut tcp).await?;
    if code != 250 || !offers.iter().skip(1).any(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(NoTls::NotOffered);
    }
    tcp.write_all(b"STARTTLS\r\n").await?;
    if reply(&mut tcp).await?.0 != 220 {
        return Err(NoTls::NotOffered);
    }
    // Whatever came in clear after the answer was put there by somebody in between.
    if !tcp.buffer().is_empty() {
        return Err(NoTls::NoSmtp);
    }
    Ok(tcp.into_inner())
}

/// Reads one answer: its code and the text of its lines.
async fn reply(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<(u16, Vec<String>)> {
    let no_smtp = || io::Error::from(io::ErrorKind::InvalidData);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        (&mut *from).take(MOST_LINE_BYTES).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line);
        let text = line.strip_suffix('\n').ok_or_else(no_smtp)?.trim_end();
        let (code, rest) = text.split_at_checked(3).ok_or_else(no_smtp)?;
        let code: u16 = code.parse().map_err(|_| no_smtp())?;
        if !(200..600).contains(&code) || lines.len() >= MOST_LINES {
            return Err(no_smtp());
        }
        lines.push(rest.get(1..).unwrap_or_default().to_owned());
        if !rest.starts_with('-') {
            return Ok((code, lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn against(script: &'static str) -> Result<TcpStream, NoTls> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tcp.write_all(script.as_bytes()).await.unwrap();
            let mut heard = vec![0; 200];
            while matches!(tcp.read(&mut heard).await, Ok(1..)) {}
        };
        let client = async { start_tls(TcpStream::connect(address).await.unwrap(), "relay.example").await };
        tokio::select! { () = server => panic!("the server ended"), result = client => result }
    }

    #[tokio::test]
    async fn tls_begins_only_where_it_is_offered() {
        let offered = "220 mx\r\n250-mx\r\n250-SIZE 1000\r\n250 STARTTLS\r\n220 go on\r\n";
        // The answers come all at once, and the last one is the last thing in clear.
        assert!(against(offered).await.is_ok());
        assert!(matches!(against("220 mx\r\n250-mx\r\n250 SIZE\r\n").await, Err(NoTls::NotOffered)));
        assert!(matches!(against("220 mx\r\n250-mx\r\n250 STARTTLS\r\n454 no\r\n").await, Err(NoTls::NotOffered)));
        let full = against("421 4.3.2 full\r\n").await;
        assert!(matches!(&full, Err(NoTls::TurnedAway(421, said)) if said == "4.3.2 full"), "{full:?}");
    }

    #[tokio::test]
    async fn what_was_slipped_in_before_tls_ends_it() {
        let slipped = "220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go on\r\n250 accepted\r\n";
        assert!(matches!(against(slipped).await, Err(NoTls::NoSmtp)));
    }

    #[tokio::test]
    async fn what_speaks_otherwise_is_no_mail_server() {
        let endless: &'static str = Box::leak("x".repeat(5000).into_boxed_str());
        let many: &'static str = Box::leak("220-x\r\n".repeat(500).into_boxed_str());
        for other in ["HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-x\r\n", "1\r\n", "9é\r\n", "000 x\r\n", endless, many] {
            assert!(matches!(against(other).await, Err(NoTls::NoSmtp)), "{other:.30}");
        }
    }
}

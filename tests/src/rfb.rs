//! A minimal RFB client: asks for Tight without JPEG, follows the framing, counts the updates, and decodes nothing.

use anyhow::{Context, Result, bail, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const TIGHT: i32 = 7;
const COPY_RECT: i32 = 1;
/// The compression level that TigerVNC's own viewer asks for. Without a quality level, Tight stays lossless.
const COMPRESS_LEVEL_2: i32 = -254;

/// A connection that asks for the next update as soon as it has one.
#[derive(Debug)]
pub struct Client {
    line: TcpStream,
    size: (u16, u16),
    /// Updates that came.
    pub updates: Arc<AtomicU32>,
    /// To be set when it is enough.
    pub over: Arc<AtomicBool>,
}

impl Client {
    /// Connects to a server of this machine that wants no password.
    ///
    /// # Errors
    /// When it is no such server.
    pub fn connect(port: u16) -> Result<Self> {
        let line = TcpStream::connect(("127.0.0.1", port))?;
        line.set_nodelay(true)?;
        let mut client = Self { line, size: (0, 0), updates: Arc::default(), over: Arc::default() };
        client.take::<12>()?;
        client.line.write_all(b"RFB 003.008\n")?;
        let [kinds] = client.take()?;
        ensure!(kinds > 0, "the server refuses");
        client.skip(kinds.into())?;
        client.line.write_all(&[1])?;
        ensure!(client.take()? == [0; 4], "the server wants a password");
        client.line.write_all(&[1])?;
        client.size = (client.number()?, client.number()?);
        client.skip(16)?;
        let name = u32::from_be_bytes(client.take()?);
        client.skip(name as usize)?;
        // 32 bits a pixel, depth 24, true colour.
        client.line.write_all(&[0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0])?;
        let mut encodings = vec![2, 0, 0, 3];
        for encoding in [TIGHT, COPY_RECT, COMPRESS_LEVEL_2] {
            encodings.extend(encoding.to_be_bytes());
        }
        client.line.write_all(&encodings)?;
        Ok(client)
    }

    /// A mouse and a keyboard at the same connection.
    ///
    /// # Errors
    /// When there can be no second handle to it.
    pub fn hands(&self) -> Result<Hands> {
        Ok(Hands { line: self.line.try_clone()? })
    }

    /// Asks and takes until it is over and nothing comes any more.
    ///
    /// # Errors
    /// When the server is gone or says what was not asked for.
    pub fn run(self) -> Result<()> {
        let (arrived, _arrivals) = mpsc::channel();
        self.run_and_tell(&arrived)
    }

    /// The same, and tells when each update had arrived as a whole.
    ///
    /// # Errors
    /// When the server is gone or says what was not asked for.
    pub fn run_and_tell(mut self, arrived: &mpsc::Sender<Instant>) -> Result<()> {
        self.ask(false)?;
        loop {
            self.line.set_read_timeout(Some(Duration::from_millis(500)))?;
            let mut kind = [0];
            match self.line.read(&mut kind) {
                Ok(0) => bail!("the server is gone"),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                    if self.over.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            self.line.set_read_timeout(None)?;
            match kind {
                [0] => {
                    self.update()?;
                    let _ = arrived.send(Instant::now()); // Not everybody wants to know.
                    self.updates.fetch_add(1, Ordering::Relaxed);
                    self.ask(true)?;
                }
                [2] => {}
                [3] => {
                    self.skip(3)?;
                    let length = u32::from_be_bytes(self.take()?);
                    self.skip(length as usize)?;
                }
                [kind] => bail!("message {kind}"),
            }
        }
    }

    fn ask(&mut self, incremental: bool) -> Result<()> {
        let mut request = vec![3, incremental.into(), 0, 0, 0, 0];
        request.extend(self.size.0.to_be_bytes());
        request.extend(self.size.1.to_be_bytes());
        Ok(self.line.write_all(&request)?)
    }

    fn update(&mut self) -> Result<()> {
        self.skip(1)?;
        for _ in 0..self.number()? {
            let [_, _, width, height] = [self.number()?, self.number()?, self.number()?, self.number()?];
            match i32::from_be_bytes(self.take()?) {
                COPY_RECT => self.skip(4)?,
                TIGHT => self.tight(width.into(), height.into())?,
                other => bail!("encoding {other}"),
            }
        }
        Ok(())
    }

    fn tight(&mut self, width: usize, height: usize) -> Result<()> {
        let [control] = self.take()?;
        let kind = control >> 4;
        if kind == 8 {
            return self.skip(3);
        }
        ensure!(kind < 8, "JPEG, though it was not asked for");
        let mut row = width * 3;
        if kind & 4 != 0 {
            let [filter] = self.take()?;
            if filter == 1 {
                let [colours] = self.take()?;
                self.skip((usize::from(colours) + 1) * 3)?;
                row = if colours == 1 { width.div_ceil(8) } else { width };
            }
        }
        let bytes = row * height;
        if bytes < 12 {
            return self.skip(bytes);
        }
        let mut length = 0;
        for shift in [0, 7, 14] {
            let [byte] = self.take()?;
            length |= (usize::from(byte) & if shift == 14 { 0xFF } else { 0x7F }) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        self.skip(length)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.line.read_exact(&mut bytes).context("the server is gone")?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.take()?))
    }

    fn skip(&mut self, bytes: usize) -> Result<()> {
        let mut rest = vec![0; bytes];
        Ok(self.line.read_exact(&mut rest)?)
    }
}

/// Presses what a viewer's user would.
#[derive(Debug)]
pub struct Hands {
    line: TcpStream,
}

impl Hands {
    /// Clicks once at a place.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn click(&mut self, (x, y): (u16, u16)) -> Result<()> {
        for buttons in [0, 1, 0] {
            let [x, y] = [x.to_be_bytes(), y.to_be_bytes()];
            self.line.write_all(&[5, buttons, x[0], x[1], y[0], y[1]])?;
        }
        Ok(())
    }

    /// Presses the key of an ASCII character and lets it go.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn press(&mut self, character: char) -> Result<()> {
        let key = u32::from(character).to_be_bytes();
        let event = |down: u8| [4, down, 0, 0, key[0], key[1], key[2], key[3]];
        Ok(self.line.write_all(&[event(1), event(0)].concat())?)
    }
}

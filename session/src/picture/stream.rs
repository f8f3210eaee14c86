//! One streaming zstd per picture stream: what earlier frames held is history for later ones.
//!
//! Memory on both ends is bounded by the window; how much comes out is the reader's choice, so nothing can
//! be blown up.

use zstd_safe::{CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, zstd_sys::ZSTD_EndDirective};

/// Both ends keep this much history, as a power of two of bytes.
const WINDOW_LOG: u32 = 23;
const LEVEL: i32 = 3;

/// Why a stream can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The compressor has no memory or a bug.
    #[error("zstd: {0}")]
    Zstd(&'static str),
    /// The stream ends in the middle of a picture.
    #[error("the compressed stream is too short")]
    TooShort,
    /// There is more than the picture needs.
    #[error("the compressed stream is too long")]
    TooLong,
}

fn zstd(code: usize) -> StreamError {
    StreamError::Zstd(zstd_safe::get_error_name(code))
}

/// The customer's end.
pub(super) struct Compressor(CCtx<'static>);

impl Compressor {
    pub(super) fn new() -> Result<Self, StreamError> {
        let mut context = CCtx::try_create().ok_or(StreamError::Zstd("no memory"))?;
        for parameter in [
            CParameter::CompressionLevel(LEVEL),
            CParameter::WindowLog(WINDOW_LOG),
            CParameter::EnableLongDistanceMatching(true),
        ] {
            context.set_parameter(parameter).map_err(zstd)?;
        }
        Ok(Self(context))
    }

    /// Forgets all history.
    pub(super) fn restart(&mut self) -> Result<(), StreamError> {
        self.0.reset(ResetDirective::SessionOnly).map(|_| ()).map_err(zstd)
    }

    /// Takes in `bytes`; what is ready is appended to `out`.
    pub(super) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        let mut input = InBuffer::around(bytes);
        while input.pos() < bytes.len() {
            self.step(&mut input, out, ZSTD_EndDirective::ZSTD_e_continue)?;
        }
        Ok(())
    }

    /// Appends all that was taken in and not yet written.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        let mut nothing = InBuffer::around(&[]);
        while self.step(&mut nothing, out, ZSTD_EndDirective::ZSTD_e_flush)? > 0 {}
        Ok(())
    }

    fn step(
        &mut self,
        input: &mut InBuffer<'_>,
        out: &mut Vec<u8>,
        directive: ZSTD_EndDirective,
    ) -> Result<usize, StreamError> {
        out.reserve(CCtx::out_size());
        let at = out.len();
        self.0.compress_stream2(&mut OutBuffer::around_pos(out, at), input, directive).map_err(zstd)
    }
}

/// The technician's end.
pub(super) struct Decompressor(DCtx<'static>);

impl Decompressor {
    pub(super) fn new() -> Result<Self, StreamError> {
        let mut context = DCtx::try_create().ok_or(StreamError::Zstd("no memory"))?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(zstd)?;
        Ok(Self(context))
    }

    pub(super) fn restart(&mut self) -> Result<(), StreamError> {
        self.0.reset(ResetDirective::SessionOnly).map(|_| ()).map_err(zstd)
    }

    /// Reads one update's payload.
    pub(super) fn read<'a>(&'a mut self, payload: &'a [u8]) -> Reader<'a> {
        Reader { context: &mut self.0, input: InBuffer::around(payload), len: payload.len() }
    }
}

/// What one payload holds, decompressed as it is asked for.
pub(super) struct Reader<'a> {
    context: &'a mut DCtx<'static>,
    input: InBuffer<'a>,
    len: usize,
}

impl Reader<'_> {
    /// Fills `out` to the last byte.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<(), StreamError> {
        let wanted = out.len();
        let mut output = OutBuffer::around(out);
        while output.pos() < wanted {
            let before = (output.pos(), self.input.pos());
            let hint = self.context.decompress_stream(&mut output, &mut self.input).map_err(zstd)?;
            let stuck = before == (output.pos(), self.input.pos());
            // A stream lives as long as its pictures: one that says it is over is not ours.
            if output.pos() < wanted && (stuck || hint == 0) {
                return Err(StreamError::TooShort);
            }
        }
        Ok(())
    }

    /// A fixed number of bytes.
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], StreamError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes).map(|()| bytes)
    }

    /// Makes sure that nothing is left.
    pub(super) fn finish(mut self) -> Result<(), StreamError> {
        let mut probe = [0; 1];
        let mut output = OutBuffer::around(&mut probe[..]);
        loop {
            let before = self.input.pos();
            self.context.decompress_stream(&mut output, &mut self.input).map_err(zstd)?;
            let done = self.input.pos() == self.len;
            if output.pos() > 0 || (self.input.pos() == before && !done) {
                return Err(StreamError::TooLong);
            }
            if done {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_says_it_is_over_does_not_go_on() {
        let frame = |bytes: &[u8]| {
            let mut out = Vec::with_capacity(100);
            zstd_safe::compress(&mut out, bytes, LEVEL).unwrap();
            out
        };
        let two = [frame(&[1; 10]), frame(&[2; 10])].concat();
        let mut decompressor = Decompressor::new().unwrap();
        assert_eq!(decompressor.read(&two).fill(&mut [0; 20]), Err(StreamError::TooShort));
    }
}

//! What of H.264 is let through to the decoder: exactly what our encoder makes, and of the size that was announced.
//!
//! The decoder is C++ in the technician's process and believes what a stream says about itself; so nobody but this
//! says it. One picture is one slice, before it at most one set of parameters, and nothing else is in a sample.

/// Why a sample was refused. Carries no bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BitstreamError {
    /// Not what our encoder makes: units of other kinds, in another order, or more of them.
    #[error("the video holds what our encoder does not make")]
    Units,
    /// The parameters are cut off, or hold what our encoder does not write.
    #[error("the video's parameters are not our encoder's")]
    Parameters,
    /// Another size than announced.
    #[error("the video has another size than announced")]
    Size,
}

const SLICE: u8 = 1;
const KEY_SLICE: u8 = 5;
const SEQUENCE_PARAMETERS: u8 = 7;
const PICTURE_PARAMETERS: u8 = 8;
/// Ours are far shorter.
const MAX_PARAMETERS_BYTES: usize = 128;
const BASELINE: u32 = 66;
const MAX_LEVEL: u32 = 52;
const MAX_REFERENCES: u32 = 4;

/// One picture of a video, taken apart.
pub(super) struct Sample<'a> {
    /// Of the sequence and of the picture; with them the picture needs none before it.
    parameters: Option<[&'a [u8]; 2]>,
    slice: &'a [u8],
}

impl<'a> Sample<'a> {
    /// Makes sure that `sample` is one picture, that it can be decoded on its own if it is to `begin` a video, and that
    /// every size in it is `width` by `height`.
    ///
    /// # Errors
    /// [`BitstreamError`] if it is not.
    pub(super) fn read(sample: &'a [u8], begin: bool, (width, height): (usize, usize)) -> Result<Self, BitstreamError> {
        let mut units = Units::of(sample)?;
        let mut next = || units.next().ok_or(BitstreamError::Units);
        let mut slice = next()?;
        let mut parameters = None;
        if kind(slice) == SEQUENCE_PARAMETERS {
            if size(slice)? != (width, height) {
                return Err(BitstreamError::Size);
            }
            let of_picture = next()?;
            if kind(of_picture) != PICTURE_PARAMETERS || of_picture.len() > MAX_PARAMETERS_BYTES {
                return Err(BitstreamError::Units);
            }
            parameters = Some([slice, of_picture]);
            slice = next()?;
        }
        let (key, with_parameters) = (kind(slice) == KEY_SLICE, parameters.is_some());
        let begins = with_parameters && key;
        if !(key || kind(slice) == SLICE) || (begin && !begins) || (with_parameters && !key) || units.next().is_some() {
            return Err(BitstreamError::Units);
        }
        Ok(Self { parameters, slice })
    }

    /// Whether it needs no picture before it.
    pub(super) fn is_key(&self) -> bool {
        kind(self.slice) == KEY_SLICE
    }

    /// What a decoder of samples in the form of MP4 is configured with, if it brings parameters: the record of ISO/IEC
    /// 14496-15, 5.3.3.1.
    pub(super) fn configuration(&self) -> Option<Vec<u8>> {
        let [sequence, picture] = self.parameters?;
        let [profile, constraints, level] = *sequence.get(1..)?.first_chunk()?;
        // Version 1; lengths of four bytes; one set of either kind.
        let mut record = vec![1, profile, constraints, level, 0xFF, 0xE1];
        record.extend_from_slice(&u16::try_from(sequence.len()).ok()?.to_be_bytes());
        record.extend_from_slice(sequence);
        record.push(1);
        record.extend_from_slice(&u16::try_from(picture.len()).ok()?.to_be_bytes());
        record.extend_from_slice(picture);
        Some(record)
    }

    /// The picture without its parameters, in the form of MP4: its length, big-endian, in front of it.
    pub(super) fn picture(&self) -> Option<Vec<u8>> {
        let length = u32::try_from(self.slice.len()).ok()?.to_be_bytes();
        Some([&length, self.slice].concat())
    }
}

fn kind(unit: &[u8]) -> u8 {
    // The highest bit must be 0: with it set, this is no kind at all.
    unit.first().map_or(0, |first| if first & 0x80 == 0 { first & 0x1F } else { 0 })
}

/// The parts between start codes.
struct Units<'a>(Option<&'a [u8]>);

impl<'a> Units<'a> {
    fn of(sample: &'a [u8]) -> Result<Self, BitstreamError> {
        let rest = sample.strip_prefix(&[0, 0, 0, 1]).or_else(|| sample.strip_prefix(&[0, 0, 1]));
        rest.map(|rest| Self(Some(rest))).ok_or(BitstreamError::Units)
    }
}

impl<'a> Iterator for Units<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0?;
        let Some(end) = rest.windows(3).position(|three| three == [0, 0, 1]) else {
            self.0 = None;
            return Some(rest);
        };
        let (unit, behind) = rest.split_at_checked(end)?;
        self.0 = behind.get(3..);
        // A start code may have a zero more.
        Some(unit.strip_suffix(&[0]).unwrap_or(unit))
    }
}

/// Width and height that sequence parameters ask for.
fn size(unit: &[u8]) -> Result<(usize, usize), BitstreamError> {
    if unit.len() > MAX_PARAMETERS_BYTES {
        return Err(BitstreamError::Parameters);
    }
    let mut bits = Bits::of(unit.get(1..).unwrap_or_default());
    let demand = |holds: bool| if holds { Ok(()) } else { Err(BitstreamError::Parameters) };
    demand(bits.take(8)? == BASELINE)?;
    bits.take(8)?;
    demand(bits.take(8)? <= MAX_LEVEL)?;
    demand(bits.golomb()? < 32)?; // Which set of parameters it is.
    demand(bits.golomb()? <= 12)?; // How many bits count the pictures.
    match bits.golomb()? {
        0 => demand(bits.golomb()? <= 12)?,
        2 => {}
        _ => return Err(BitstreamError::Parameters),
    }
    demand(bits.golomb()? <= MAX_REFERENCES)?;
    demand(bits.take(1)? == 0)?; // Gaps in the count.
    let (width, height) = (bits.golomb()?, bits.golomb()?);
    demand(width < 1024 && height < 1024)?;
    demand(bits.take(1)? == 1)?; // Not interlaced.
    bits.take(1)?;
    let mut cropped = [0; 4];
    if bits.take(1)? == 1 {
        for crop in &mut cropped {
            *crop = bits.golomb()?;
            demand(*crop < 8)?;
        }
    }
    let [left, right, above, below] = cropped;
    let px = |blocks: u32, crop: u32| ((blocks + 1) * 16).saturating_sub(crop * 2) as usize;
    Ok((px(width, left + right), px(height, above + below)))
}

/// Bits of a unit's inside, without the bytes that keep start codes out of it.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn of(escaped: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(escaped.len());
        for byte in escaped {
            if *byte != 3 || !bytes.ends_with(&[0, 0]) {
                bytes.push(*byte);
            }
        }
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: u32) -> Result<u32, BitstreamError> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8).ok_or(BitstreamError::Parameters)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Ok(value)
    }

    /// A number with a variable length.
    fn golomb(&mut self) -> Result<u32, BitstreamError> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 16 {
                return Err(BitstreamError::Parameters);
            }
        }
        Ok((1 << zeros) - 1 + self.take(zeros)?)
    }
}

#[cfg(test)]
mod tests;

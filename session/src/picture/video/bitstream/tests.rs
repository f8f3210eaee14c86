//! Parameters as nobody but an attacker writes them.

use super::*;

/// A part of a unit.
#[derive(Clone, Copy)]
enum Field {
    /// A number of so many bits.
    Fixed(u64, u32),
    /// One with a variable length.
    Golomb(u64),
}

use Field::{Fixed, Golomb};

const PROFILE: usize = 0;
const LEVEL: usize = 2;
const SET: usize = 3;
const COUNT_BITS: usize = 4;
const ORDER: usize = 5;
const ORDER_BITS: usize = 6;
const REFERENCES: usize = 7;
const GAPS: usize = 8;
const WIDTH: usize = 9;
const HEIGHT: usize = 10;
const WHOLE_FRAMES: usize = 11;
const CROPPED: usize = 15;

/// 62 by 40 pixels, as 4 by 3 blocks of which a part is cropped.
const HONEST: [Field; 18] = [
    Fixed(66, 8),
    Fixed(0xC0, 8),
    Fixed(31, 8),
    Golomb(0),
    Golomb(11),
    Golomb(0),
    Golomb(12),
    Golomb(1),
    Fixed(0, 1),
    Golomb(3),
    Golomb(2),
    Fixed(1, 1),
    Fixed(1, 1),
    Fixed(1, 1),
    Golomb(0),
    Golomb(1),
    Golomb(0),
    Golomb(4),
];

fn unit(fields: &[Field]) -> Vec<u8> {
    let mut bits = Vec::new();
    for field in fields {
        let (value, count) = match *field {
            Fixed(value, count) => (value, count),
            Golomb(value) => (value + 1, 2 * (value + 1).ilog2() + 1),
        };
        bits.extend((0..count).rev().map(|at| value >> at & 1 == 1));
    }
    bits.push(true);
    let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at));
    [0x67].into_iter().chain(bits.chunks(8).map(byte)).collect()
}

#[test]
fn the_size_is_read_out_of_parameters() {
    assert_eq!(size(&unit(&HONEST)), Ok((62, 40)));
}

#[test]
fn parameters_that_our_encoder_does_not_write_are_refused() {
    for (at, wrong) in [
        (PROFILE, Fixed(100, 8)),
        (LEVEL, Fixed(53, 8)),
        (SET, Golomb(32)),
        (COUNT_BITS, Golomb(13)),
        (ORDER, Golomb(1)),
        (ORDER, Golomb(3)),
        (ORDER_BITS, Golomb(13)),
        (REFERENCES, Golomb(5)),
        (GAPS, Fixed(1, 1)),
        (WIDTH, Golomb(1024)),
        (HEIGHT, Golomb(1024)),
        (WIDTH, Golomb(0x1_0000)),
        (WHOLE_FRAMES, Fixed(0, 1)),
        (CROPPED, Golomb(8)),
        // No number is so long.
        (SET, Fixed(0, 60)),
        (SET, Fixed(1, 18)),
    ] {
        let mut fields = HONEST;
        fields[at] = wrong;
        assert_eq!(size(&unit(&fields)), Err(BitstreamError::Parameters), "{at}");
    }
    for end in 0..HONEST.len() {
        let cut = unit(&HONEST[..end]);
        assert_eq!(size(&cut[..cut.len() - 1]), Err(BitstreamError::Parameters), "cut off after {end}");
    }
}

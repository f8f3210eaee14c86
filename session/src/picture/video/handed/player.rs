//! A viewer's decoder, for tests: plays what was handed over, without a web view.

use super::super::super::area::Area;
use super::super::codec;

pub(in crate::picture) struct Player {
    codec: codec::Decoder,
    /// Of a configuration, in front of the next picture.
    parameters: Vec<u8>,
    pub(in crate::picture) area: Area,
    /// Red, green, blue, 255.
    pub(in crate::picture) pixels: Vec<u32>,
}

impl Player {
    /// A decoder that is configured by this record.
    pub(in crate::picture) fn new(record: &[u8], area: Area) -> Self {
        assert_eq!((record[0], &record[4..6], &record[1..4]), (1, &[0xFF, 0xE1][..], &record[9..12]));
        let sequence = 8 + usize::from(u16::from_be_bytes([record[6], record[7]]));
        let picture = sequence + 3;
        assert_eq!(record[sequence], 1);
        assert_eq!(
            record.len() - picture,
            usize::from(u16::from_be_bytes([record[sequence + 1], record[sequence + 2]]))
        );
        let parameters = [&[0, 0, 0, 1], &record[8..sequence], &[0, 0, 0, 1], &record[picture..]].concat();
        Self { codec: codec::Decoder::new().unwrap(), parameters, area, pixels: Vec::new() }
    }

    pub(in crate::picture) fn decode(&mut self, key: bool, sample: &[u8]) {
        let (length, unit) = sample.split_first_chunk().unwrap();
        assert_eq!(u32::from_be_bytes(*length) as usize, unit.len());
        let mut whole = std::mem::take(&mut self.parameters);
        assert!(key || whole.is_empty(), "a video begins with a key picture");
        whole.extend([&[0, 0, 0, 1], unit].concat());
        self.codec.decode(&whole, key, self.area, &mut self.pixels).unwrap();
    }
}

//! OpenH264, wrapped: pixels in, samples out, and back. Nothing else here knows the library.

use super::super::area::Area;
use super::bitstream::{BitstreamError, Sample};
use super::{coded, colour, layer::VideoError};
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, EncoderConfig, FrameRate, IntraFramePeriod, Profile, QpRange, RateControlMode, SpsPpsStrategy,
    UsageType,
};
use openh264::formats::{YUVSlices, YUVSource};
use openh264_sys2::{ENCODER_OPTION_BITRATE, ENCODER_OPTION_MAX_BITRATE, SBitrateInfo, SPATIAL_LAYER_0};

/// Makes samples of one video.
pub(crate) struct Encoder {
    codec: openh264::encoder::Encoder,
    planes: Vec<u8>,
    /// A second.
    bits: i32,
}

/// The library failed; there is nothing to be done about it but to do without.
#[derive(Debug)]
pub(crate) struct CodecFailed;

/// The codec wants to know one, though a single picture has none.
const STILL_BITS_PER_SECOND: u32 = 5_000_000;

impl Encoder {
    /// For one picture that is quantised by so much.
    pub(crate) fn still(quantisation: u8) -> Result<Self, CodecFailed> {
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(STILL_BITS_PER_SECOND))
            .usage_type(UsageType::CameraVideoRealTime)
            .rate_control_mode(RateControlMode::Quality)
            .qp(QpRange::new(quantisation, quantisation))
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            .profile(Profile::Baseline)
            .complexity(Complexity::Low)
            .background_detection(false)
            .scene_change_detect(false)
            // The first picture is never left out, and without this the library complains on standard error.
            .skip_frames(true)
            .num_threads(1);
        let codec = openh264::encoder::Encoder::with_api_config(OpenH264API::from_source(), config);
        Ok(Self { codec: codec.map_err(|_| CodecFailed)?, planes: Vec::new(), bits: 0 })
    }

    pub(crate) fn new(bits_per_second: u32, frames_per_second: f32) -> Result<Self, CodecFailed> {
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(bits_per_second))
            .max_frame_rate(FrameRate::from_hz(frames_per_second))
            .usage_type(UsageType::CameraVideoRealTime)
            .rate_control_mode(RateControlMode::Bitrate)
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            .profile(Profile::Baseline)
            .complexity(Complexity::Low)
            .intra_frame_period(IntraFramePeriod::from_num_frames(0))
            .background_detection(false)
            .scene_change_detect(false)
            .skip_frames(true)
            .num_threads(1);
        let codec = openh264::encoder::Encoder::with_api_config(OpenH264API::from_source(), config);
        let bits = i32::try_from(bits_per_second).map_err(|_| CodecFailed)?;
        Ok(Self { codec: codec.map_err(|_| CodecFailed)?, planes: Vec::new(), bits })
    }

    /// From the next picture on it makes so many bits a second. Before the first picture this is an error.
    #[allow(unsafe_code)] // The wrapper offers this in its raw form alone.
    pub(crate) fn set_bits_per_second(&mut self, bits_per_second: u32) -> Result<(), CodecFailed> {
        let bits = i32::try_from(bits_per_second).map_err(|_| CodecFailed)?;
        if self.planes.is_empty() {
            return Err(CodecFailed);
        }
        // The most may never be less than the target, so it is set before a rise and after a fall.
        let (target, most) = (ENCODER_OPTION_BITRATE, ENCODER_OPTION_MAX_BITRATE);
        let options = if bits > self.bits { [most, target] } else { [target, most] };
        for option in options {
            let mut info = SBitrateInfo { iLayer: SPATIAL_LAYER_0, iBitrate: bits };
            // SAFETY: the encoder is initialised, for a picture was encoded; it reads this option from the struct for
            // which it is meant, and keeps no pointer to it. The wrapper sets bit rates only before the first picture.
            let result = unsafe { self.codec.raw_api().set_option(option, (&raw mut info).cast()) };
            if result != 0 {
                return Err(CodecFailed);
            }
        }
        self.bits = bits;
        Ok(())
    }

    /// Appends a sample of `rows` of pixels 0xXXRRGGBB to `out`; answers whether there is one.
    pub(crate) fn encode<'a>(
        &mut self,
        area: Area,
        rows: impl Iterator<Item = &'a [u32]>,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecFailed> {
        let (width, height) = coded(area);
        let (luma_len, chroma_len) = (width * height, width * height / 4);
        self.planes.resize(luma_len + 2 * chroma_len, 0);
        let (luma, chroma) = self.planes.split_at_mut_checked(luma_len).ok_or(CodecFailed)?;
        let (blue, red) = chroma.split_at_mut_checked(chroma_len).ok_or(CodecFailed)?;
        fill(rows, width, luma, blue, red);
        let planes = YUVSlices::new((&*luma, &*blue, &*red), (width, height), (width, width / 2, width / 2));
        let before = out.len();
        self.codec.encode(&planes).map_err(|_| CodecFailed)?.write_vec(out);
        // The library leaves pictures out to keep to the rate; the next one then shows the difference.
        Ok(out.len() > before)
    }
}

/// Fills the planes; an odd side is made even by what is next to the edge.
fn fill<'a>(
    mut rows: impl Iterator<Item = &'a [u32]>,
    coded_width: usize,
    luma: &mut [u8],
    blue: &mut [u8],
    red: &mut [u8],
) {
    let half = coded_width / 2;
    let (mut upper, mut lower) = (vec![0; coded_width], vec![0; coded_width]);
    let lines = luma.chunks_exact_mut(coded_width * 2).zip(blue.chunks_exact_mut(half).zip(red.chunks_exact_mut(half)));
    let mut row: &[u32] = &[];
    for (luma, (blue, red)) in lines {
        for line in [&mut upper, &mut lower] {
            row = rows.next().unwrap_or(row);
            for (pixel, from) in line.iter_mut().zip(row.iter().chain(row.last())) {
                *pixel = *from;
            }
        }
        for (luma, pixel) in luma.iter_mut().zip(upper.iter().chain(&lower)) {
            *luma = colour::luma(*pixel);
        }
        let fours = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (([a, b], [c, d]), (blue, red)) in fours.zip(blue.iter_mut().zip(red)) {
            (*blue, *red) = colour::chroma([*a, *b, *c, *d]);
        }
    }
}

/// Turns samples of one video into pixels.
pub(crate) struct Decoder(openh264::decoder::Decoder);

impl Decoder {
    pub(crate) fn new() -> Result<Self, VideoError> {
        openh264::decoder::Decoder::new().map(Self).map_err(|_| VideoError::Undecodable)
    }

    /// Decodes `sample` to `pixels`: red, green, blue, 255, row by row.
    pub(crate) fn decode(
        &mut self,
        sample: &[u8],
        begin: bool,
        area: Area,
        pixels: &mut Vec<u32>,
    ) -> Result<(), VideoError> {
        let (width, height) = coded(area);
        Sample::read(sample, begin, (width, height))?;
        let decoded = self.0.decode(sample).map_err(|_| VideoError::Undecodable)?;
        let picture = decoded.ok_or(VideoError::Undecodable)?;
        if picture.dimensions() != (width, height) {
            return Err(BitstreamError::Size.into());
        }
        let (y_stride, u_stride, v_stride) = picture.strides();
        let (shown_width, shown_height) = (usize::from(area.width), usize::from(area.height));
        pixels.clear();
        pixels.reserve_exact(shown_width * shown_height);
        for row in 0..shown_height {
            let y = part(picture.y(), row, y_stride, width)?;
            let u = part(picture.u(), row / 2, u_stride, width / 2)?;
            let v = part(picture.v(), row / 2, v_stride, width / 2)?;
            let twos = y.as_chunks::<2>().0.iter().zip(u.iter().zip(v));
            let all = twos.flat_map(|([left, right], (u, v))| [*left, *right].map(|y| colour::pixel(y, *u, *v)));
            pixels.extend(all.take(shown_width));
        }
        Ok(())
    }
}

fn part(plane: &[u8], row: usize, stride: usize, len: usize) -> Result<&[u8], VideoError> {
    plane.get(row * stride..row * stride + len).ok_or(VideoError::Undecodable)
}

//! Unpacks pages. The length that a page says it has is the most that it is given.

use super::Problem;
use crate::words::mark;
use ruzstd::decoding::FrameDecoder;

/// Largest page that is unpacked. Writers aim at 1 MiB.
pub(super) const LARGEST_PAGE: usize = 16 * 1024 * 1024;

/// Unpacks `packed`, which has to become exactly `length` bytes.
pub(super) fn unpack(codec: u64, packed: &[u8], length: usize) -> Result<Vec<u8>, Problem> {
    if length > LARGEST_PAGE {
        return Err(Problem::PageTooLarge);
    }
    let mut out = vec![0; length];
    let written = match codec {
        0 => {
            out.clear();
            out.extend_from_slice(packed);
            Some(packed.len())
        }
        1 => snap::raw::Decoder::new().decompress(packed, &mut out).ok(),
        2 => crate::preview::gzip::unpack_into(packed, &mut out),
        6 => {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(LARGEST_PAGE as u64);
            decoder.decode_all(packed, &mut out).ok()
        }
        7 => lz4_flex::block::decompress_into(packed, &mut out).ok(),
        other => return Err(Problem::Codec(name(other))),
    };
    if written == Some(length) { Ok(out) } else { Err(Problem::Page) }
}

/// What a codec is called.
const fn name(codec: u64) -> &'static str {
    match codec {
        3 => "LZO",
        4 => "Brotli",
        5 => mark!("LZ4 in Hadoop's frames"),
        _ => mark!("a method that this reader does not know"),
    }
}

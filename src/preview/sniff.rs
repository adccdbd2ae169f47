//! What bytes are.
//!
//! The bytes themselves decide: an object that says it is a picture and is a page is shown as the text of a page. What it
//! says of itself, and its name, decide only between things that look alike: which kind of text it is, and whether a
//! container holds sound only.

use crate::words::t;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Empty,
    /// A picture of this media type, one of those that every browser draws.
    Image(&'static str),
    /// A drawing in SVG. Only ever shown as a picture, in which nothing runs.
    Drawing,
    /// Sound of this media type.
    Audio(&'static str),
    /// A film of this media type.
    Video(&'static str),
    /// A PDF.
    Pdf,
    /// A Parquet file.
    Parquet,
    /// Something packed with gzip.
    Gzip,
    /// Perhaps text; the rest of the bytes decide.
    Other(Syntax),
}

/// How a text is laid out, if it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As it stands.
    Plain,
    /// As it stands, and this is what it is.
    Named(&'static str),
    /// As JSON.
    Json,
    /// As lines of JSON.
    JsonLines,
    /// As a table, with this separator most likely.
    Table(u8),
}

/// How many bytes tell what something is.
pub const ENOUGH: u64 = 4_096;

/// Whether an object of this name and type, by what it says of itself, is shown by its first bytes; if not, it has to be
/// looked at before anything is read that nobody may need.
#[must_use]
pub fn is_likely_read(name: &str, stored: &str) -> bool {
    let claim = Claim::of(name, stored);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let other = matches!(extension.as_str(), "pdf" | "parquet" | "zip" | "tar" | "jar" | "exe" | "iso" | "7z" | "zst");
    !(claim.is_audio || claim.is_video || other || stored.starts_with("application/pdf"))
}

/// What `head`, the first bytes, are. `name` is the object's key and `stored` the content type that it was given.
#[must_use]
pub fn kind(head: &[u8], name: &str, stored: &str) -> Kind {
    let claim = Claim::of(name, stored);
    match head {
        [] => Kind::Empty,
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Kind::Image("image/png"),
        [0xff, 0xd8, 0xff, ..] => Kind::Image("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Kind::Image("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Kind::Image("image/webp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Kind::Audio("audio/wav"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, 0, 0, 12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => Kind::Image("image/bmp"),
        // A few pictures, each of which says that a byte of it is reserved.
        [0, 0, 1, 0, 1..=64, 0, _, _, _, 0, ..] => Kind::Image("image/x-icon"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => media(brand, claim),
        [0x1a, 0x45, 0xdf, 0xa3, ..] if claim.is_audio => Kind::Audio("audio/webm"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Kind::Video("video/webm"),
        [b'O', b'g', b'g', b'S', ..] if claim.is_video => Kind::Video("video/ogg"),
        [b'O', b'g', b'g', b'S', ..] => Kind::Audio("audio/ogg"),
        [b'f', b'L', b'a', b'C', ..] => Kind::Audio("audio/flac"),
        [b'I', b'D', b'3', 2..=4, ..] => Kind::Audio("audio/mpeg"),
        // A frame of MP3 or AAC begins with bits that much else begins with too.
        [0xff, 0xe2..=0xf7 | 0xfa..=0xff, ..] if claim.is_audio => Kind::Audio("audio/mpeg"),
        [0xff, 0xf1 | 0xf9, ..] if claim.is_audio => Kind::Audio("audio/aac"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Kind::Pdf,
        [b'P', b'A', b'R', b'1' | b'E', ..] => Kind::Parquet,
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        _ if is_drawing(head) => Kind::Drawing,
        _ => Kind::Other(claim.syntax),
    }
}

/// What stands in MP4's container, by the brand that it names first.
fn media(brand: &[u8], claim: Claim) -> Kind {
    match brand.get(..4) {
        Some(b"avif" | b"avis") => Kind::Image("image/avif"),
        Some(b"M4A " | b"M4B ") => Kind::Audio("audio/mp4"),
        // Pictures of Apple's phones, which most browsers do not draw.
        Some(b"heic" | b"heix" | b"mif1" | b"msf1") => Kind::Other(Syntax::Plain),
        _ if claim.is_audio => Kind::Audio("audio/mp4"),
        _ => Kind::Video("video/mp4"),
    }
}

/// Whether the first element of a text is `svg`, behind what may stand before it.
fn is_drawing(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut rest = text.trim_ascii_start();
    loop {
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            // A document type with entities in brackets is no drawing that anybody needs.
            [b'<', b'!', ..] => b">",
            _ => break,
        };
        let Some(at) = rest.windows(end.len()).position(|found| found == end) else { return false };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    matches!(rest, [b'<', b's', b'v', b'g', b' ' | b'>' | b'\n' | b'\r' | b'\t' | b'/', ..])
}

/// What an object says of itself.
#[derive(Clone, Copy)]
struct Claim {
    is_audio: bool,
    is_video: bool,
    syntax: Syntax,
}

impl Claim {
    fn of(name: &str, stored: &str) -> Self {
        let stored = stored.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let name = name.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let by_name = match extension.as_str() {
            "json" | "geojson" | "ipynb" | "map" | "webmanifest" | "har" => Some(Syntax::Json),
            "jsonl" | "ndjson" => Some(Syntax::JsonLines),
            "csv" => Some(Syntax::Table(b',')),
            "tsv" | "tab" => Some(Syntax::Table(b'\t')),
            "psv" => Some(Syntax::Table(b'|')),
            "html" | "htm" | "xhtml" => Some(Syntax::Named("HTML")),
            "xml" | "xsd" | "xsl" | "svg" => Some(Syntax::Named("XML")),
            "js" | "mjs" | "ts" => Some(Syntax::Named("JavaScript")),
            "css" => Some(Syntax::Named("CSS")),
            "md" => Some(Syntax::Named("Markdown")),
            _ => None,
        };
        let by_type = match stored.as_str() {
            "application/json" | "application/geo+json" | "application/ld+json" => Some(Syntax::Json),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => Some(Syntax::JsonLines),
            "text/csv" | "application/csv" => Some(Syntax::Table(b',')),
            "text/tab-separated-values" => Some(Syntax::Table(b'\t')),
            "text/html" | "application/xhtml+xml" => Some(Syntax::Named("HTML")),
            "text/xml" | "application/xml" | "image/svg+xml" => Some(Syntax::Named("XML")),
            "text/javascript" | "application/javascript" => Some(Syntax::Named("JavaScript")),
            "text/css" => Some(Syntax::Named("CSS")),
            "text/markdown" => Some(Syntax::Named("Markdown")),
            _ => None,
        };
        let is_video = stored.starts_with("video/") || matches!(extension.as_str(), "mp4" | "webm" | "ogv" | "mov" | "m4v" | "mkv");
        let is_audio =
            stored.starts_with("audio/") || matches!(extension.as_str(), "mp3" | "m4a" | "aac" | "oga" | "weba" | "wav" | "opus");
        Self { is_audio: is_audio && !stored.starts_with("video/"), is_video, syntax: by_name.or(by_type).unwrap_or(Syntax::Plain) }
    }
}

impl Kind {
    /// What it is called in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => t!("empty"),
            Self::Image("image/png") => t!("a PNG picture"),
            Self::Image("image/jpeg") => t!("a JPEG picture"),
            Self::Image("image/gif") => t!("a GIF picture"),
            Self::Image("image/webp") => t!("a WebP picture"),
            Self::Image("image/avif") => t!("an AVIF picture"),
            Self::Image(_) => t!("a picture"),
            Self::Drawing => t!("an SVG drawing"),
            Self::Audio(_) => t!("sound"),
            Self::Video(_) => t!("a film"),
            Self::Pdf => t!("a PDF"),
            Self::Parquet => t!("a Parquet file"),
            Self::Gzip => t!("packed with gzip"),
            Self::Other(_) => t!("something else"),
        }
    }

    /// What it is called where it stands alone.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Empty => t!("Empty"),
            Self::Image("image/png") => t!("PNG picture"),
            Self::Image("image/jpeg") => t!("JPEG picture"),
            Self::Image("image/gif") => t!("GIF picture"),
            Self::Image("image/webp") => t!("WebP picture"),
            Self::Image("image/avif") => t!("AVIF picture"),
            Self::Image(_) => t!("Picture"),
            Self::Drawing => t!("SVG drawing"),
            Self::Audio(_) => t!("Sound"),
            Self::Video(_) => t!("Film"),
            Self::Pdf => t!("PDF"),
            Self::Parquet => t!("Parquet file"),
            Self::Gzip => t!("Packed with gzip"),
            Self::Other(_) => t!("Something else"),
        }
    }

    /// Whether what the object says of itself is about something else than what it is. Types that say nothing do not count.
    #[must_use]
    pub fn belies(self, stored: &str) -> bool {
        let stored = stored.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (class, rest) = stored.split_once('/').unwrap_or_default();
        let fits = match class {
            "image" if rest == "svg+xml" => matches!(self, Self::Drawing | Self::Other(_)),
            "image" => matches!(self, Self::Image(_)),
            "audio" | "video" => matches!(self, Self::Audio(_) | Self::Video(_)),
            "text" => matches!(self, Self::Other(_) | Self::Gzip | Self::Drawing),
            "application" => match rest {
                "pdf" => self == Self::Pdf,
                "json" => matches!(self, Self::Other(_) | Self::Gzip),
                _ => true,
            },
            _ => true,
        };
        !fits && self != Self::Empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn bytes_decide() {
        for (head, name, stored, expected) in [
            (PNG, "a.html", "text/html", Kind::Image("image/png")),
            (b"<!doctype html><script>alert(1)</script>", "a.png", "image/png", Kind::Other(Syntax::Plain)),
            (b"<html>", "a.html", "image/png", Kind::Other(Syntax::Named("HTML"))),
            (b"\xff\xd8\xff\xe0", "a", "", Kind::Image("image/jpeg")),
            (b"GIF89a", "a", "", Kind::Image("image/gif")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a", "", Kind::Image("image/webp")),
            (b"RIFF\x10\0\0\0WAVEfmt ", "a", "text/html", Kind::Audio("audio/wav")),
            (b"\0\0\0\x1cftypavif", "a", "", Kind::Image("image/avif")),
            (b"\0\0\0\x1cftypisom", "a.mp4", "", Kind::Video("video/mp4")),
            (b"\0\0\0\x1cftypisom", "a.m4a", "", Kind::Audio("audio/mp4")),
            (b"\0\0\0\x1cftypheic", "a.heic", "image/heic", Kind::Other(Syntax::Plain)),
            (b"\x1a\x45\xdf\xa3\x01", "a.webm", "video/webm", Kind::Video("video/webm")),
            (b"\x1a\x45\xdf\xa3\x01", "a.webm", "audio/webm", Kind::Audio("audio/webm")),
            (b"\xff\xfb\x90\0", "a.mp3", "", Kind::Audio("audio/mpeg")),
            (b"\xff\xfb\x90\0", "a.bin", "", Kind::Other(Syntax::Plain)),
            (b"%PDF-1.7\n", "a.txt", "text/plain", Kind::Pdf),
            (b"\n%PDF-1.7\n", "a.pdf", "application/pdf", Kind::Other(Syntax::Plain)),
            (b"PAR1\x15\x04", "a", "", Kind::Parquet),
            (b"\x1f\x8b\x08\0", "a.csv.gz", "", Kind::Gzip),
            (b"", "a.png", "image/png", Kind::Empty),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "a", "", Kind::Image("image/bmp")),
            (b"BMW,Audi\n1,2\n", "cars.csv", "", Kind::Other(Syntax::Table(b','))),
        ] {
            assert_eq!(kind(head, name, stored), expected, "{name} {stored}");
        }
    }

    #[test]
    fn drawings_are_told_from_pages() {
        for yes in ["<svg>", "\u{feff}<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC '-//W3C'>\n<svg xmlns='x'>", "  <svg\n"] {
            assert_eq!(kind(yes.as_bytes(), "a.svg", ""), Kind::Drawing, "{yes}");
        }
        for no in ["<svgx>", "<html><svg>", "<!-- <svg>", "svg", "<?xml?>"] {
            assert!(matches!(kind(no.as_bytes(), "a.svg", ""), Kind::Other(_)), "{no}");
        }
    }

    #[test]
    fn names_decide_between_texts() {
        let syntax = |name: &str, stored: &str| match kind(b"x", name, stored) {
            Kind::Other(syntax) => syntax,
            other => panic!("{other:?}"),
        };
        assert_eq!(syntax("a/b.c/data.JSON", "binary/octet-stream"), Syntax::Json);
        assert_eq!(syntax("data.csv.gz", ""), Syntax::Table(b','));
        assert_eq!(syntax("data", "text/csv; charset=latin1"), Syntax::Table(b','));
        assert_eq!(syntax("events.ndjson", ""), Syntax::JsonLines);
        assert_eq!(syntax("data.tsv", "text/plain"), Syntax::Table(b'\t'));
        assert_eq!(syntax("csv", ""), Syntax::Plain);
    }

    #[test]
    fn what_is_read_at_once() {
        for name in ["a.txt", "a.png", "a", "a.csv.gz", "video"] {
            assert!(is_likely_read(name, ""), "{name}");
        }
        for (name, stored) in [("a.mp4", ""), ("a", "video/mp4"), ("a.PDF", ""), ("a", "application/pdf"), ("x/a.parquet", "")] {
            assert!(!is_likely_read(name, stored), "{name}");
        }
    }

    #[test]
    fn what_is_said_and_what_is() {
        assert!(Kind::Other(Syntax::Plain).belies("image/png") && Kind::Image("image/png").belies("text/html; charset=utf-8"));
        assert!(Kind::Image("image/gif").belies("application/pdf") && Kind::Pdf.belies("application/json"));
        for stored in ["", "binary/octet-stream", "application/octet-stream", "nonsense"] {
            assert!(!Kind::Pdf.belies(stored) && !Kind::Other(Syntax::Plain).belies(stored), "{stored}");
        }
        assert!(!Kind::Image("image/jpeg").belies("image/png"), "a picture all the same");
    }

    proptest! {
        #[test]
        fn never_panics(head in any::<Vec<u8>>(), name in any::<String>(), stored in any::<String>()) {
            let _ = kind(&head, &name, &stored).belies(&stored);
        }
    }
}

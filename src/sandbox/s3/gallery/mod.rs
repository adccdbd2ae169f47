//! Objects for the preview to show, one of each kind, and some that try to do what no object may: `reports/gallery/`.
//!
//! The scripts in them would set `pwned` on the window that they run in, and ask the portal who is signed in.

pub mod parquet;

use super::bucket::Contents;
use super::object::Object;
use crate::model::clock::Timestamp;
use bytes::Bytes;
use miniz_oxide::deflate::compress_to_vec;
use std::fmt::Write as _;

const SCRIPT: &str = "window.pwned = true; try { top.pwned = true } catch {} fetch('/api/whoami', { method: 'POST', body: '{}' })";

/// Puts them under `prefix`.
pub(super) fn fill(contents: &mut Contents, prefix: &str, time: Timestamp) {
    let mut put = |name: &str, content_type: &str, body: Bytes| {
        contents.insert(format!("{prefix}{name}"), Object::of_type(content_type, body, time));
    };
    put("photo.jpg", "image/jpeg", Bytes::from_static(include_bytes!("photo.jpg")));
    put("picture.png", "image/png", Bytes::from_static(include_bytes!("picture.png")));
    put("picture.webp", "image/webp", Bytes::from_static(include_bytes!("picture.webp")));
    put("picture.avif", "image/avif", Bytes::from_static(include_bytes!("picture.avif")));
    put("large.bmp", "image/bmp", bitmap(1_200, 1_200).into());
    put("damaged.png", "image/png", Bytes::from_static(b"\x89PNG\r\n\x1a\nand nothing more"));
    put("drawing.svg", "image/svg+xml", drawing().into());
    put("clip.webm", "video/webm", Bytes::from_static(include_bytes!("clip.webm")));
    put("tone.wav", "audio/wav", tone(190).into());
    put("document.pdf", "application/pdf", pdf().into());

    put("plain.txt", "text/plain", "Plain text.\n\tWith a tab, and <b>no markup</b>.\n".into());
    put("long.txt", "text/plain; charset=utf-8", lines(5_000_000).into());
    put("utf-16.txt", "text/plain", utf16("Grüße aus Zürich, 日本 und 😀.\n").into());
    put("windows-1252.txt", "text/plain", latin("Größe;Maß\nStraße 12; 10,5 m², fällig über Öl\n").into());
    put("shift-jis.txt", "application/octet-stream", Bytes::from_static(SHIFT_JIS));
    put("bytes.bin", "application/octet-stream", (0..4_096_u32).map(|at| ((at * at) >> 3) as u8).collect());
    put("empty.txt", "text/plain", Bytes::new());

    put("semicolons.csv", "text/csv", "name;city;amount\nAda;London;\"1,5\"\nGrace;\"New\nYork\";2,75\nHedy;Wien;\n".into());
    put("orders.csv", "text/csv; charset=utf-8", orders(20_000).into());
    put("orders.csv.gz", "application/gzip", gzip(orders(20_000).as_bytes()).into());
    put("one-line.csv", "text/csv", "0123456789,".repeat(250_000).into());
    put("bomb.txt.gz", "application/gzip", gzip(&vec![b'a'; 16 * 1024 * 1024]).into());
    put(
        "order.json",
        "application/json",
        "{\"id\":7,\"lines\":[{\"item\":\"chair\",\"price\":49.90},{\"item\":\"desk\",\"price\":1.10e2}],\"note\":null}".into(),
    );
    put("broken.json", "application/json", "{\n  \"id\": 7,\n  \"lines\" [1, 2]\n}\n".into());
    put("deep.json", "application/json", "[".repeat(100_000).into());
    put("events.jsonl", "application/x-ndjson", events(500).into());
    put("nested.parquet", "application/vnd.apache.parquet", Bytes::from_static(include_bytes!("nested.parquet")));
    put("squares.parquet", "application/octet-stream", parquet::squares(20, 25_000).into());
    put("damaged.parquet", "application/octet-stream", damaged(parquet::squares(1, 100)).into());

    put(
        "page.html",
        "text/html",
        format!("<!doctype html>\n<title>A page</title>\n<script>{SCRIPT}</script>\n<img src=x onerror=\"{SCRIPT}\">\n").into(),
    );
    put("script.js", "text/javascript", format!("{SCRIPT};\n").into());
    put("page-called-picture.png", "image/png", format!("<!doctype html><script>{SCRIPT}</script>\n").into());
    put("page-called-document.pdf", "application/pdf", format!("<!doctype html><script>{SCRIPT}</script>\n").into());
    put("picture-called-page.html", "text/html", Bytes::from_static(include_bytes!("picture.png")));
}

/// これは日本語の文章です。東京で会議があります。
const SHIFT_JIS: &[u8] = b"\x82\xb1\x82\xea\x82\xcd\x93\xfa\x96{\x8c\xea\x82\xcc\x95\xb6\x8f\xcd\x82\xc5\x82\xb7\x81B\x93\x8c\x8b\x9e\x82\xc5\x89\xef\x8bc\x82\xaa\x82\xa0\x82\xe8\x82\xdc\x82\xb7\x81B\n";

fn drawing() -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 100\" width=\"200\" height=\"100\" onload=\"{SCRIPT}\">\n\
         <script>{SCRIPT}</script>\n<rect width=\"200\" height=\"100\" rx=\"8\" fill=\"#476\"/><circle cx=\"100\" cy=\"50\" r=\"30\" fill=\"#fc9\"/>\n</svg>\n"
    )
}

/// A page with a line of text, and a script that a PDF runs when it is opened.
fn pdf() -> Vec<u8> {
    let text = "BT /F1 24 Tf 40 100 Td (A document of one page) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\); this.submitForm\\('/api/whoami'\\)) >> >>"
            .to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (number, object) in objects.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = writeln!(places, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = file.len();
    let _ = write!(file, "xref\n0 6\n0000000000 65535 f \n{places}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

/// Three bytes a pixel, from the bottom up.
fn bitmap(width: u32, height: u32) -> Vec<u8> {
    let size = 54 + width * height * 3;
    let mut file = b"BM".to_vec();
    for number in [size, 0, 54, 40, width, height, 1 | 24 << 16, 0, 0, 0, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    for row in 0..height {
        file.extend((0..width).flat_map(|column| [(row / 8) as u8, (column / 8) as u8, 96]));
    }
    file
}

/// So many seconds of a tone that rises again and again: one channel, 16 bits, 22,050 a second.
fn tone(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 22_050;
    let length = seconds * RATE * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    for number in [16, 1 | 1 << 16, RATE, RATE * 2, 2 | 16 << 16] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    // A sawtooth, which takes no sines.
    file.extend((0..seconds * RATE).map(|at| ((at % RATE / 100 + 100) * at % 4_000) as u16).flat_map(u16::to_le_bytes));
    file
}

fn lines(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 80);
    for number in 1.. {
        if text.len() >= bytes {
            break;
        }
        let _ = writeln!(text, "line {number:06}: the quick brown fox jumps over the lazy dog");
    }
    text
}

fn orders(count: u32) -> String {
    let mut text = "order,day,customer,amount\n".to_owned();
    for number in 1..=count {
        let _ = writeln!(
            text,
            "{number},2026-{:02}-{:02},customer {:04},{}.{:02}",
            number % 12 + 1,
            number % 28 + 1,
            number * 7 % 1_000,
            number % 500,
            number % 100
        );
    }
    text
}

fn events(count: u32) -> String {
    let mut text = String::new();
    for number in 0..count {
        let kind = if number % 3 == 0 { "sign-in" } else { "read" };
        let extra = if number % 5 == 0 { ",\"tags\":[\"a\",\"b\"]" } else { "" };
        let _ = writeln!(text, "{{\"at\":{number},\"kind\":\"{kind}\"{extra}}}");
    }
    text
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// Characters of Latin-1, which windows-1252 has at the same places.
fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|char| u32::from(char) as u8).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    file.extend(compress_to_vec(bytes, 6));
    file.extend(crc32(bytes).to_le_bytes());
    file.extend((bytes.len() as u32).to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| sum >> 1 ^ if sum & 1 == 0 { 0 } else { 0xedb8_8320 };
    let table: Vec<u32> = (0..256).map(|byte| (0..8).fold(byte, step)).collect();
    !bytes.iter().fold(!0, |sum, byte| sum >> 8 ^ table[usize::from(sum as u8 ^ byte)])
}

/// A footer that says it is two gigabytes long.
fn damaged(mut file: Vec<u8>) -> Vec<u8> {
    let at = file.len() - 8;
    file[at..at + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    file
}

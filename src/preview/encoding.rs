//! Bytes as text in the encodings from before Unicode, found out by what the bytes are: `chardetng` decides as Firefox
//! does for pages that do not say. Apart from the rest, because its tables are large.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

/// Reads bytes as text, and names the encoding that they are most likely in.
#[must_use]
pub fn decode(bytes: &[u8], cut: bool) -> (String, &'static str) {
    // Nothing that is read here can run, which is what the care about this encoding is for.
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, !cut);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let mut text = text.into_owned();
    if cut && text.ends_with('\u{fffd}') {
        // Half of a character.
        text.pop();
    }
    (text, encoding.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn detects() {
        for (text, encoding) in [
            ("Größe;Maß;Übergabe\nStraße 12;10,5 €;fällig\n", "windows-1252"),
            ("Привет, мир. Это обычный текст на русском языке.\n", "windows-1251"),
            ("これは日本語の文章です。東京で会議があります。\n", "Shift_JIS"),
            ("你好，这是一个普通的中文文本文件。\n", "GBK"),
        ] {
            let (bytes, ..) = encoding_rs::Encoding::for_label(encoding.as_bytes()).unwrap().encode(text);
            assert_eq!(decode(&bytes, false), (text.to_owned(), encoding));
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), cut in any::<bool>()) {
            let _ = decode(&bytes, cut);
        }
    }
}

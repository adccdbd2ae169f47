//! Bytes that are no text, as people who know bytes read them.

/// How many bytes are shown.
pub const SHOWN: usize = 1_024;

/// Sixteen bytes a line: where, each, and what is a letter of them.
#[must_use]
pub fn dump(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::new();
    let digit = |out: &mut String, value: usize| out.push(char::from(DIGITS[value & 15]));
    for (line, bytes) in bytes.chunks(16).take(SHOWN / 16).enumerate() {
        let at = line * 16;
        for shift in [12, 8, 4, 0] {
            digit(&mut out, at >> shift);
        }
        out.push(' ');
        for place in 0..16 {
            out.push_str(if place == 8 { "  " } else { " " });
            match bytes.get(place) {
                Some(byte) => {
                    digit(&mut out, usize::from(byte >> 4));
                    digit(&mut out, usize::from(*byte));
                }
                None => out.push_str("  "),
            }
        }
        out.push_str("  ");
        out.extend(bytes.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bytes_a_line() {
        assert_eq!(
            dump(b"\x00\x01Vestibule\xff<br>x"),
            "0000  00 01 56 65 73 74 69 62  75 6c 65 ff 3c 62 72 3e  ..Vestibule.<br>\n\
             0010  78                                                x\n"
        );
        assert_eq!(dump(&[0; 5_000]).lines().count(), 64);
        assert_eq!(dump(&[]), "");
    }
}

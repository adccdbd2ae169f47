//! KMS writes ECDSA signatures in DER, JWS wants the two numbers side by side.

/// Bytes of each number of a P-256 signature.
const NUMBER: usize = 32;

/// `r‖s` of a DER `ECDSA-Sig-Value` over P-256 (RFC 3279, section 2.2.3): `SEQUENCE { r INTEGER, s
/// INTEGER }`. Numbers are padded to 32 bytes each (RFC 7518, section 3.4). `None` for everything
/// that is not strict DER (X.690, sections 8.3 and 10.1) of two positive numbers that fit.
pub(super) fn fixed(der: &[u8]) -> Option<[u8; 2 * NUMBER]> {
    let (sequence, rest) = element(der, 0x30)?;
    let (r, after) = element(sequence, 0x02)?;
    let (s, end) = element(after, 0x02)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut signature = [0; 2 * NUMBER];
    let (left, right) = signature.split_at_mut(NUMBER);
    put(left, r)?;
    put(right, s)?;
    Some(signature)
}

/// The content of the element with this tag at the front, and what follows. The longest signature
/// has 72 bytes, so lengths stand in one byte.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, length @ 0..0x80, rest @ ..] = der else { return None };
    if *first != tag {
        return None;
    }
    rest.split_at_checked(usize::from(*length))
}

/// Writes a positive DER integer into its place, leading zeros before it.
fn put(place: &mut [u8], integer: &[u8]) -> Option<()> {
    let magnitude = match integer {
        // Nothing, zero, a negative number: none of them is part of a signature. And a zero in front
        // is there to keep a number positive, and for nothing else.
        [] | [0] | [0x80..=0xff, ..] | [0, 0..0x80, ..] => return None,
        [0, magnitude @ ..] | magnitude => magnitude,
    };
    let start = place.len().checked_sub(magnitude.len())?;
    place[start..].copy_from_slice(magnitude);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::Signer;
    use p256::ecdsa::{Signature, SigningKey};
    use proptest::prelude::*;

    /// DER as a text book writes it, one number at a time.
    fn der_of(r: &[u8], s: &[u8]) -> Vec<u8> {
        let integer = |number: &[u8]| {
            let short: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
            let sign = short.first().is_some_and(|first| *first >= 0x80).then_some(0);
            let content: Vec<u8> = sign.into_iter().chain(short).collect();
            [vec![0x02, u8::try_from(content.len()).unwrap()], content].concat()
        };
        let content = [integer(r), integer(s)].concat();
        [vec![0x30, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn number(bytes: &[u8]) -> [u8; 32] {
        let mut number = [0; 32];
        number[32 - bytes.len()..].copy_from_slice(bytes);
        number
    }

    proptest! {
        /// Numbers of every length, so that leading zeros and short integers occur.
        #[test]
        fn what_der_says_stands_side_by_side(
            r in prop::collection::vec(any::<u8>(), 1..=32), s in prop::collection::vec(any::<u8>(), 1..=32),
        ) {
            prop_assume!(r.iter().any(|byte| *byte != 0) && s.iter().any(|byte| *byte != 0));
            let (r, s) = (number(&r), number(&s));
            let fixed = fixed(&der_of(&r, &s)).unwrap();
            prop_assert_eq!((&fixed[..32], &fixed[32..]), (&r[..], &s[..]));
        }

        #[test]
        fn another_implementation_agrees(message in prop::collection::vec(any::<u8>(), 0..40), secret in 1_u128..) {
            let key = SigningKey::from_slice(&number(&secret.to_be_bytes())).unwrap();
            let signature: Signature = key.sign(&message);
            let fixed = fixed(signature.to_der().as_bytes()).unwrap();
            prop_assert_eq!(&fixed[..], &signature.to_bytes()[..]);
        }

        #[test]
        fn any_bytes_are_read_without_panic(der in prop::collection::vec(any::<u8>(), 0..90)) {
            let _ = fixed(&der);
        }

        /// A changed length, tag, or number of bytes is not quietly put right.
        #[test]
        fn what_is_read_is_written_back_the_same(der in prop::collection::vec(any::<u8>(), 0..12)) {
            let der = [vec![0x30, u8::try_from(der.len()).unwrap()], der].concat();
            if let Some(fixed) = fixed(&der) {
                prop_assert_eq!(der_of(&fixed[..32], &fixed[32..]), der);
            }
        }
    }

    #[test]
    fn malformed_der_is_refused() {
        let whole = der_of(&[0x7f; 32], &[0x80; 32]);
        assert!(fixed(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(fixed(&whole[..length]), None, "cut to {length}");
        }
        for (malformed, what) in [
            (vec![0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00], "bytes behind the sequence"),
            (vec![0x30, 0x07, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00], "bytes behind the numbers"),
            (vec![0x31, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01], "a set"),
            (vec![0x30, 0x06, 0x03, 0x01, 0x01, 0x02, 0x01, 0x01], "a bit string"),
            (vec![0x30, 0x81, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01], "a length in two bytes"),
            (vec![0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0, 0], "an indefinite length"),
            (vec![0x30, 0x06, 0x02, 0x01, 0x81, 0x02, 0x01, 0x01], "a negative number"),
            (vec![0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01], "zero"),
            (vec![0x30, 0x05, 0x02, 0x00, 0x02, 0x01, 0x01], "no number"),
            (vec![0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01], "a zero too many"),
            (vec![0x30, 0x03, 0x02, 0x01, 0x01], "one number"),
        ] {
            assert_eq!(fixed(&malformed), None, "{what}");
        }
        let long = [vec![0x30, 38, 0x02, 33], vec![0x01; 33], vec![0x02, 0x01, 0x01]].concat();
        assert_eq!(fixed(&long), None, "a number of 33 bytes");
    }
}

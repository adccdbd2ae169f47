//! Bytes as text in the encodings from before Unicode. What they say is asked of a decoder that is passed in, the
//! browser's own; which encoding it is shows in what script comes out. Tables of our own would be in what every page
//! loads first, as functions are divided between parts of the program and constants are not.

use std::borrow::Cow;

/// Decodes bytes in the encoding of a label. The flag asks for `None` where they are not valid in it.
pub type Decoder<'a> = &'a dyn Fn(&str, &[u8], bool) -> Option<String>;

/// Bytes that are looked at.
const SAMPLE: usize = 64 * 1024;

/// What is read where nothing speaks for another encoding.
const WESTERN: &str = "windows-1252";

/// This, or a third for each byte that is not ASCII, is too little evidence: a frequent character, or three letters.
const LEAST: i64 = 9;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Japanese,
    Chinese,
    Korean,
    Cyrillic,
    Latin,
}

/// The encodings that are told apart. Of two that fit as well, the earlier is taken.
const CANDIDATES: [(&str, Script); 8] = [
    ("Shift_JIS", Script::Japanese),
    ("EUC-JP", Script::Japanese),
    ("GB18030", Script::Chinese),
    ("Big5", Script::Chinese),
    ("EUC-KR", Script::Korean),
    ("windows-1251", Script::Cyrillic),
    ("KOI8-R", Script::Cyrillic),
    (WESTERN, Script::Latin),
];

/// Reads bytes as text, and names the encoding that they are most likely in: the one that the media type names, if they
/// are valid in it, or what they look like. `cut` says that there is more behind them.
#[must_use]
pub fn decode(bytes: &[u8], cut: bool, media_type: &str, decoder: Decoder<'_>) -> (String, Cow<'static, str>) {
    let valid = |label: &str, bytes: &[u8], cut: bool| {
        // Half of a character, of which the longest have four bytes.
        let ends = (0..=if cut { 3 } else { 0 }).filter_map(|half| bytes.len().checked_sub(half));
        ends.filter_map(|end| decoder(label, &bytes[..end], true)).next()
    };
    if let Some(label) = charset(media_type)
        && let Some(text) = valid(label, bytes, cut)
    {
        return (text, Cow::Owned(label.to_owned()));
    }
    // The first byte that is not ASCII begins a character in all of them; some ASCII before it tells what it stands in.
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or_default().saturating_sub(16);
    let sample = &bytes[first..bytes.len().min(first + SAMPLE)];
    let cut_sample = cut || first + sample.len() < bytes.len();
    let mut best = (WESTERN, LEAST.max(count(sample.iter().filter(|byte| !byte.is_ascii())) / 3));
    for (label, script) in CANDIDATES {
        if let Some(text) = valid(label, sample, cut_sample) {
            let score = score(&text, script) - rare(sample, label);
            // The last candidate is what wins a tie.
            if score > best.1 || (label == WESTERN && score == best.1) {
                best = (label, score);
            }
        }
    }
    let label = best.0;
    let mut text = decoder(label, bytes, false).unwrap_or_else(|| bytes.iter().copied().map(char::from).collect());
    if cut && text.ends_with('\u{fffd}') {
        text.pop();
    }
    (text, Cow::Borrowed(label))
}

/// The label of the encoding that a media type names.
fn charset(media_type: &str) -> Option<&str> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("charset") && (1..=40).contains(&value.len())).then_some(value)
    })
}

/// What speaks against encodings of pairs in the bytes themselves: the rows below 0xA1 hold what they were extended by,
/// which is seldom used, and most of what Shift_JIS uses.
fn rare(bytes: &[u8], label: &str) -> i64 {
    match label {
        "GB18030" | "Big5" | "EUC-KR" => 3 * count(bytes.iter().filter(|byte| (0x80..=0xa0).contains(*byte))),
        _ => 0,
    }
}

/// How much text looks like what is written in a script. Characters of two bytes weigh twice what letters of one do.
fn score(text: &str, script: Script) -> i64 {
    let mut score = 0;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        if !char.is_ascii() {
            score += match script {
                Script::Japanese | Script::Chinese | Script::Korean => eastern(char, before, after, script),
                Script::Cyrillic => cyrillic(char, before, after),
                Script::Latin => latin(char, before, after),
            };
        }
        before = char;
    }
    score
}

fn eastern(char: char, before: char, after: char, script: Script) -> i64 {
    // Where a byte of a Latin letter took the letter behind it with it.
    let stands_alone = i64::from(before.is_ascii_alphabetic()) + i64::from(after.is_ascii_alphabetic());
    let value = match char {
        '\u{3000}'..='\u{3020}' | '\u{ff01}'..='\u{ff5e}' => 2,
        '\u{3041}'..='\u{30ff}' if script == Script::Japanese => 6,
        '\u{4e00}'..='\u{9fff}' if script == Script::Korean => -2,
        '\u{4e00}'..='\u{9fff}' if frequent_han(char) => 8,
        '\u{4e00}'..='\u{9fff}' if script == Script::Chinese => 2,
        '\u{4e00}'..='\u{9fff}' => 1,
        '\u{ac00}'..='\u{d7a3}' if script == Script::Korean && frequent_hangul(char) => 8,
        '\u{ac00}'..='\u{d7a3}' if script == Script::Korean => 3,
        '\u{ff61}'..='\u{ff9f}' => -3,
        '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' => -10,
        _ => -1,
    };
    value - 4 * stands_alone
}

/// Han characters of which a few stand in every text.
fn frequent_han(char: char) -> bool {
    matches!(
        char,
        '的' | '一'
            | '是'
            | '不'
            | '了'
            | '在'
            | '人'
            | '有'
            | '我'
            | '他'
            | '这'
            | '這'
            | '个'
            | '個'
            | '们'
            | '們'
            | '中'
            | '来'
            | '來'
            | '上'
            | '大'
            | '为'
            | '為'
            | '和'
            | '国'
            | '國'
            | '到'
            | '以'
            | '说'
            | '說'
            | '时'
            | '時'
            | '会'
            | '會'
            | '可'
            | '也'
            | '你'
            | '对'
            | '對'
            | '生'
            | '用'
            | '年'
            | '月'
            | '日'
            | '本'
            | '文'
            | '件'
            | '名'
            | '公'
            | '司'
    )
}

/// Syllables of which a few stand in every Korean text.
fn frequent_hangul(char: char) -> bool {
    matches!(
        char,
        '이' | '다'
            | '는'
            | '을'
            | '의'
            | '가'
            | '에'
            | '고'
            | '하'
            | '지'
            | '를'
            | '은'
            | '로'
            | '한'
            | '도'
            | '기'
            | '사'
            | '어'
            | '나'
            | '서'
            | '인'
            | '대'
            | '리'
            | '요'
            | '니'
            | '입'
            | '습'
            | '있'
            | '시'
            | '자'
    )
}

fn cyrillic(char: char, before: char, after: char) -> i64 {
    let value = match char {
        'а'..='я' | 'ё' => 3,
        // The cases are where the other encoding has the other: a word does not go on in capitals.
        'А'..='Я' | 'Ё' if ('а'..='я').contains(&before) => -4,
        'А'..='Я' | 'Ё' | 'і' | 'ї' | 'є' | 'ґ' | 'І' | 'Ї' | 'Є' | 'ў' => 1,
        '\u{80}'..='\u{9f}' => -10,
        // Box drawing, which fills a third of KOI8-R.
        '\u{2500}'..='\u{25ff}' => -5,
        '\u{400}'..='\u{4ff}' => -2,
        '«' | '»' | '“' | '”' | '„' | '–' | '—' | '…' | '№' | '\u{a0}' => 0,
        // Signs stand apart from letters.
        _ if !before.is_ascii() || !after.is_ascii() => -2,
        _ => 0,
    };
    value - 4 * (i64::from(before.is_ascii_alphabetic()) + i64::from(after.is_ascii_alphabetic()))
}

fn latin(char: char, before: char, after: char) -> i64 {
    match char {
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' if before.is_ascii_alphabetic() || after.is_ascii_alphabetic() => 4,
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' if before.is_ascii() && after.is_ascii() => 0,
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' => -1,
        '\u{80}'..='\u{9f}' => -10,
        _ => 0,
    }
}

#[expect(clippy::cast_possible_wrap, reason = "of a sample")]
fn count<T>(some: impl Iterator<Item = T>) -> i64 {
    some.count() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::Encoding;
    use proptest::prelude::*;

    /// What `TextDecoder` does, of the same specification.
    fn decoder(label: &str, bytes: &[u8], fatal: bool) -> Option<String> {
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
        if fatal {
            encoding.decode_without_bom_handling_and_without_replacement(bytes).map(Cow::into_owned)
        } else {
            Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
        }
    }

    fn encoded(text: &str, label: &str) -> Vec<u8> {
        let (bytes, _, lossy) = Encoding::for_label(label.as_bytes()).unwrap().encode(text);
        assert!(!lossy, "{text}");
        bytes.into_owned()
    }

    const TEXTS: [(&str, &str); 18] = [
        ("Größe;Maß;Übergabe\nStraße 12;10,5 €;fällig\n", "windows-1252"),
        ("Größe;Maß\nStraße 12; 10,5 m², fällig über Öl\n", "windows-1252"),
        ("« L'été dernier », à Genève : où êtes-vous allés, Zoé ?\n", "windows-1252"),
        ("id;preis\n1;5 €\n2;10 €\n", "windows-1252"),
        ("ÄRGER; ÖL; à; É; 20 °C; ½\n", "windows-1252"),
        ("Привет, мир. Это обычный текст на русском языке.\n", "windows-1251"),
        ("Це звичайний текст українською мовою, її знають усі.\n", "windows-1251"),
        ("id,имя,город\n1,Иван,Москва\n2,Ольга,Тверь\n", "windows-1251"),
        ("Привет, мир. Это обычный текст на русском языке.\n", "KOI8-R"),
        ("これは日本語の文章です。東京で会議があります。\n", "Shift_JIS"),
        ("番号,氏名,住所\n1,山田太郎,東京都千代田区\n2,鈴木花子,大阪府大阪市\n", "Shift_JIS"),
        ("テスト\n", "Shift_JIS"),
        ("これは日本語の文章です。東京で会議があります。\n", "EUC-JP"),
        ("你好，这是一个普通的中文文本文件。\n", "GB18030"),
        ("编号,姓名,城市\n1,王小明,上海\n2,李娜,北京\n", "GB18030"),
        ("你好，這是一個普通的中文文字檔案。\n", "Big5"),
        ("안녕하세요. 이것은 평범한 한국어 텍스트 파일입니다.\n", "EUC-KR"),
        ("번호,이름,도시\n1,김철수,서울\n2,이영희,부산\n", "EUC-KR"),
    ];

    #[test]
    fn detects() {
        for (text, label) in TEXTS {
            assert_eq!(decode(&encoded(text, label), false, "", &decoder), (text.to_owned(), label.into()));
        }
    }

    #[test]
    fn begins_late_and_is_cut() {
        for (text, label) in TEXTS {
            let ascii = "id;name\n".repeat(20_000);
            let whole = [ascii.as_bytes(), &encoded(&text.repeat(2_000), label)].concat();
            for half in 1..4 {
                let (read, found) = decode(&whole[..whole.len() - half], true, "", &decoder);
                assert_eq!(found, label);
                assert!((ascii.clone() + &text.repeat(2_000)).starts_with(&read));
            }
        }
    }

    #[test]
    fn the_media_type_comes_first() {
        let bytes = encoded("Zażółć gęślą jaźń", "windows-1250");
        let polish = ("Zażółć gęślą jaźń".to_owned(), "windows-1250".into());
        assert_eq!(decode(&bytes, false, "text/plain; Charset=\"windows-1250\"", &decoder), polish);
        for wrong in ["text/plain; charset=utf-8", "text/plain; charset=", "text/plain; charset=nonsense", "text/plain"] {
            assert_eq!(decode(&bytes, false, wrong, &decoder).1, "windows-1252", "{wrong}");
        }
    }

    #[test]
    fn garbage_is_western() {
        for bytes in [b"\x81\x8d\x8f\x90\x9d".as_slice(), b"\xff\xff\xff", b"a\xe9", b"\xe0 \xe9"] {
            assert_eq!(decode(bytes, false, "", &decoder).1, "windows-1252");
        }
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(5_000)
        .collect();
        assert_eq!(decode(&noise, false, "", &decoder).1, "windows-1252");
        // A decoder that knows nothing, as on the server.
        assert_eq!(decode(b"Gr\xf6\xdfe", true, "", &|_, _, _| None), ("Größe".to_owned(), "windows-1252".into()));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), cut in any::<bool>(), media_type in "\\PC{0,30}") {
            let _ = decode(&bytes, cut, &media_type, &decoder);
        }
    }
}

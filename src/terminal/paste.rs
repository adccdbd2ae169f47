//! What is sealed, as a person carries it from the page to a terminal: in short lines, since a terminal takes no long ones
//! (4,095 bytes on Linux, 1,024 on macOS), between two that say where it begins and ends.

const BEGIN: &str = "-----BEGIN VESTIBULE CREDENTIALS-----";
const END: &str = "-----END VESTIBULE CREDENTIALS-----";

/// Characters of a line.
const LINE: usize = 64;

/// Most characters that are gathered.
const LONGEST: usize = 64 * 1_024;

/// The text to be pasted.
#[must_use]
pub fn armoured(sealed: &str) -> String {
    let mut text = String::from(BEGIN);
    for line in sealed.as_bytes().chunks(LINE) {
        text.push('\n');
        // Base64 is ASCII.
        text.push_str(std::str::from_utf8(line).unwrap_or_default());
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}

/// What was pasted so far.
#[derive(Debug, Default)]
pub struct Paste {
    gathered: Option<String>,
}

impl Paste {
    /// Takes one line more; gives what was sealed once its last line is there. What stands before the first line is passed over.
    pub fn line(&mut self, line: &str) -> Option<String> {
        let line = line.trim();
        match (line, &mut self.gathered) {
            (BEGIN, gathered) => *gathered = Some(String::new()),
            (END, gathered) => return gathered.take(),
            (_, Some(gathered)) if gathered.len() + line.len() <= LONGEST => gathered.push_str(line),
            (_, gathered) => *gathered = None,
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(text: &str) -> Vec<String> {
        let mut paste = Paste::default();
        text.lines().filter_map(|line| paste.line(line)).collect()
    }

    #[test]
    fn what_was_copied_is_pasted() {
        for length in [0, 1, 63, 64, 65, 5_000] {
            let sealed = "x".repeat(length);
            let text = armoured(&sealed);
            assert!(text.lines().all(|line| line.len() <= LINE));
            assert_eq!(pasted(&text), [sealed.as_str()]);
            assert_eq!(
                pasted(&format!("$ \r\n{}", text.replace('\n', "  \r\n"))),
                [sealed.as_str()],
                "with a terminal's own ends of lines"
            );
        }
    }

    #[test]
    fn pieces_are_nothing() {
        let text = armoured(&"x".repeat(200));
        let half: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
        assert!(pasted(&half).is_empty());
        assert!(pasted(&text[text.find('\n').unwrap()..]).is_empty());
        assert_eq!(pasted(&format!("{half}{text}")), ["x".repeat(200)], "begun anew");
        assert!(pasted(&armoured(&"x".repeat(LONGEST + 1))).is_empty());
    }
}

//! A key, alone or with others: how it is written, what it is called, and whether it is what was pressed.

use crate::words::t;

/// What was pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Press {
    /// What the key means: a character, or a name such as `Delete`.
    pub key: String,
    /// Where the key lies: `KeyA` is the one that means `a` in an English layout.
    pub code: String,
    /// Whether Ctrl is held.
    pub control: bool,
    /// Whether ⌘ is held, or the Windows key.
    pub meta: bool,
    /// Whether Alt is held.
    pub alt: bool,
    /// Whether Shift is held.
    pub shift: bool,
}

impl Press {
    /// Whether it is one character without Ctrl, Alt or ⌘, which people who dictate may say by accident.
    #[must_use]
    pub fn is_single(&self) -> bool {
        !self.control && !self.meta && !self.alt && self.key != " " && one_character(&self.key)
    }

    /// The key, whatever alphabet the layout has.
    fn key(&self) -> String {
        let other_alphabet = one_character(&self.key) && !self.key.is_ascii();
        match self.code.strip_prefix("Key") {
            Some(letter) if other_alphabet => letter.to_ascii_lowercase(),
            _ if self.key == " " => "space".to_owned(),
            _ => self.key.to_ascii_lowercase(),
        }
    }
}

fn one_character(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some() && characters.next().is_none()
}

/// A key with what is held beside it, as it is written in the table of shortcuts: `Delete`, `Shift+ArrowDown`, `Mod+A`.
/// `Mod` is ⌘ on Apple's devices and Ctrl elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combination {
    key: &'static str,
    command: bool,
    alt: bool,
    shift: bool,
}

impl Combination {
    /// Reads what is written.
    #[must_use]
    pub fn read(text: &'static str) -> Self {
        let mut combination = Self { key: text, command: false, alt: false, shift: false };
        while let Some((held, key)) = combination.key.split_once('+').filter(|(_, key)| !key.is_empty()) {
            match held {
                "Mod" => combination.command = true,
                "Alt" => combination.alt = true,
                _ => combination.shift = true,
            }
            combination.key = key;
        }
        combination
    }

    /// Whether this was pressed.
    #[must_use]
    pub fn is(&self, press: &Press, apple: bool) -> bool {
        let (command, other) = if apple { (press.meta, press.control) } else { (press.control, press.meta) };
        // Where a sign lies, and whether Shift is held for it, is the layout's matter.
        let shift = self.is_sign() || press.shift == self.shift;
        command == self.command && !other && press.alt == self.alt && shift && press.key() == self.key.to_ascii_lowercase()
    }

    /// Whether it is one character with nothing held.
    #[must_use]
    pub fn is_single(&self) -> bool {
        !self.command && !self.alt && one_character(self.key)
    }

    /// Whether it is a letter with nothing held, which goes to a name where there are names.
    #[must_use]
    pub fn is_letter(&self) -> bool {
        self.is_single() && !self.is_sign()
    }

    fn is_sign(&self) -> bool {
        one_character(self.key) && !self.key.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// What is written on the keys, in the order in which they are held.
    #[must_use]
    pub fn labels(&self, apple: bool) -> Vec<String> {
        let held = [
            (self.command, if apple { "⌘" } else { t!("Ctrl") }),
            (self.alt, if apple { "⌥" } else { t!("Alt") }),
            (self.shift, if apple { "⇧" } else { t!("Shift") }),
        ];
        // Apart from the verb, by a place for nothing.
        let end = t!("End{nothing}", nothing = "");
        let key = match self.key {
            "ArrowUp" => "↑",
            "ArrowDown" => "↓",
            "ArrowLeft" => "←",
            "ArrowRight" => "→",
            "PageUp" => t!("Page Up"),
            "PageDown" => t!("Page Down"),
            "Escape" => t!("Esc"),
            "Backspace" if apple => "⌫",
            "Delete" if apple => "⌦",
            "Backspace" => t!("Backspace"),
            "Delete" => t!("Delete"),
            "Home" => t!("Home"),
            "End" => &end,
            "Enter" => t!("Enter"),
            "Space" => t!("Space"),
            "Letters" => t!("Letters"),
            key => key,
        };
        held.into_iter().filter(|(held, _)| *held).map(|(_, label)| label).chain([key]).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &str) -> Press {
        let mut press = Press::default();
        for key in keys.split(' ') {
            match key {
                "ctrl" => press.control = true,
                "meta" => press.meta = true,
                "alt" => press.alt = true,
                "shift" => press.shift = true,
                "space" => press.key = " ".to_owned(),
                key => press.key = key.to_owned(),
            }
        }
        press
    }

    #[test]
    fn what_is_written_is_what_is_pressed() {
        for (written, pressed, elsewhere, on_a_mac) in [
            ("Delete", "Delete", true, true),
            ("Delete", "ctrl Delete", false, false),
            ("Shift+ArrowDown", "shift ArrowDown", true, true),
            ("Shift+ArrowDown", "ArrowDown", false, false),
            ("ArrowDown", "shift ArrowDown", false, false),
            ("Mod+A", "ctrl a", true, false),
            ("Mod+A", "meta a", false, true),
            ("Mod+A", "ctrl shift A", false, false),
            ("Mod+A", "ctrl meta a", false, false),
            ("Alt+ArrowUp", "alt ArrowUp", true, true),
            ("Space", "space", true, true),
            ("Shift+Space", "shift space", true, true),
            ("g", "g", true, true),
            ("g", "shift G", false, false),
            ("?", "shift ?", true, true),
            ("?", "?", true, true),
            ("Mod+/", "ctrl shift /", true, false),
            ("/", "alt /", false, false),
        ] {
            let combination = Combination::read(written);
            assert_eq!(combination.is(&press(pressed), false), elsewhere, "{written}: {pressed}");
            assert_eq!(combination.is(&press(pressed), true), on_a_mac, "{written}: {pressed}, on a Mac");
        }
    }

    #[test]
    fn another_alphabet_has_its_letters_in_the_same_places() {
        let cyrillic = Press { key: "ф".into(), code: "KeyA".into(), control: true, ..Press::default() };
        assert!(Combination::read("Mod+A").is(&cyrillic, false));
        let french = Press { key: "a".into(), code: "KeyQ".into(), control: true, ..Press::default() };
        assert!(Combination::read("Mod+A").is(&french, false));
        assert!(!Combination::read("Mod+Q").is(&french, false));
    }

    #[test]
    fn the_keys_have_the_names_of_the_device() {
        let labels = |written, apple| Combination::read(written).labels(apple).join(" ");
        assert_eq!(labels("Mod+A", false), "Ctrl A");
        assert_eq!(labels("Mod+A", true), "⌘ A");
        assert_eq!(labels("Alt+ArrowUp", false), "Alt ↑");
        assert_eq!(labels("Alt+ArrowUp", true), "⌥ ↑");
        assert_eq!(labels("Mod+/", false), "Ctrl /");
        assert_eq!(labels("Shift+PageDown", false), "Shift Page Down");
    }

    #[test]
    fn single_characters_are_known() {
        assert!(Combination::read("?").is_single() && !Combination::read("?").is_letter());
        assert!(Combination::read("g").is_letter());
        assert!(!Combination::read("Mod+/").is_single() && !Combination::read("Delete").is_single());
        assert!(press("shift ?").is_single() && !press("space").is_single() && !press("ctrl a").is_single());
    }
}

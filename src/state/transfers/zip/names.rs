//! What objects are called in an archive: keys made into names that every system can write, and that stay in the folder
//! into which they are unpacked.
//!
//! A key is any text. Here it becomes a path of names without `..`, drive letters, backslashes, controls, names of
//! devices, trailing dots or blanks, and no two paths that a system would take for the same.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// Longest name that common file systems take, in bytes.
const LONGEST: usize = 255;

/// What an object is called that has the folder's own key and is not empty.
pub(in super::super) const OWN_OBJECT: &str = "this folder's own object";

/// Names of Windows's devices, with whatever ending.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// The names that are taken. Of each only a hash is kept: a million of them take 16 MB. Two that should have the same
/// one would cost a needless number behind a name.
#[derive(Debug, Default)]
pub(in super::super) struct Names {
    taken: HashSet<u64>,
    /// The number behind the name of a folder, by the folder's key.
    folders: HashMap<u64, u32>,
}

impl Names {
    /// The path of an object whose key is `key` below the folder that is archived. Ends with `/` where the key does.
    pub(in super::super) fn path(&mut self, key: &str) -> String {
        let mut path = String::with_capacity(key.len());
        let mut parts = key.split('/').peekable();
        let mut end = 0;
        while let Some(part) = parts.next() {
            end += part.len();
            if parts.peek().is_some() {
                // The slash too, so that the folder `a/` is not the object `a`.
                end += 1;
                self.enter(&key[..end], part, &mut path);
            } else if !part.is_empty() {
                self.take(part, &mut path);
            }
        }
        path
    }

    /// The path of the object that a folder's own key names, given the folder's path.
    pub(in super::super) fn own_object(&mut self, folder: &str) -> String {
        let mut path = folder.to_owned();
        self.take(OWN_OBJECT, &mut path);
        path
    }

    /// Adds a folder to the path: the same name whenever it is the same folder.
    fn enter(&mut self, key: &str, part: &str, path: &mut String) {
        let known = hash(key);
        if let Some(number) = self.folders.get(&known) {
            path.push_str(&numbered(&safe(part), *number));
        } else {
            let number = self.take(part, path);
            self.folders.insert(known, number);
        }
        path.push('/');
    }

    /// Adds a name to the path that nothing else has there, and gives the number behind it.
    fn take(&mut self, part: &str, path: &mut String) -> u32 {
        let (name, start) = (safe(part), path.len());
        let mut number = 1;
        loop {
            path.push_str(&numbered(&name, number));
            // Lower case of upper case: there are letters with several small forms.
            let alike: String = path.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
            if self.taken.insert(hash(&alike)) {
                return number;
            }
            path.truncate(start);
            number += 1;
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// One name without what some system cannot write.
pub(in super::super) fn safe(part: &str) -> String {
    let mut name: String = part.chars().map(|char| if is_unsafe(char) { '_' } else { char }).collect();
    // Windows takes dots and blanks off the end, so `..` would be empty.
    let kept = name.trim_end_matches(['.', ' ']).len();
    let surplus = name.len() - kept;
    name.truncate(kept);
    name.extend(std::iter::repeat_n('_', surplus));
    if name.is_empty() {
        name.push('_');
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    if is_device(stem) {
        name.insert(0, '_');
    }
    shortened(name, LONGEST)
}

fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
        // Marks that reorder the text around them: `gpj.exe` shown as `exe.jpg`.
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_device(stem: &str) -> bool {
    let upper = stem.to_uppercase();
    let numbered = upper.strip_prefix("COM").or_else(|| upper.strip_prefix("LPT"));
    DEVICES.contains(&upper.as_str()) || numbered.is_some_and(|number| matches!(number, "¹" | "²" | "³") || is_digit(number))
}

fn is_digit(text: &str) -> bool {
    text.len() == 1 && text.as_bytes()[0].is_ascii_digit()
}

/// `plan.txt` as `plan (2).txt`; the first has no number.
fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let (stem, ending) = divided(name);
    let behind = format!(" ({number}){ending}");
    format!("{}{behind}", cut(stem, LONGEST - behind.len()))
}

/// Takes what is too long out of the middle, so that the ending stays.
fn shortened(name: String, longest: usize) -> String {
    if name.len() <= longest {
        return name;
    }
    let (stem, ending) = divided(&name);
    format!("{}{ending}", cut(stem, longest - ending.len()))
}

/// What stands before an ending that is one, and the ending with its dot.
fn divided(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= 20 => name.split_at(at),
        _ => (name, ""),
    }
}

/// At most so many bytes from the front. What is cut must not end with what is taken off the end.
fn cut(text: &str, longest: usize) -> &str {
    text.get(..text.floor_char_boundary(longest)).unwrap_or_default().trim_end_matches(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paths(keys: &[&str]) -> Vec<String> {
        let mut names = Names::default();
        keys.iter().map(|key| names.path(key)).collect()
    }

    #[test]
    fn ordinary_keys_stay_as_they_are() {
        let keys = ["a", "über/straße.txt", "日本語/報告書.txt", ".hidden", "emoji/👩‍👩‍👧.txt", "folder/", "-rf", "a+b %2F.txt"];
        assert_eq!(paths(&keys), keys);
    }

    #[test]
    fn nothing_climbs_out() {
        for (key, expected) in [
            ("../outside.txt", "__/outside.txt"),
            ("a/../../b", "a/__/__/b"),
            ("./here", "_/here"),
            ("/etc/passwd", "_/etc/passwd"),
            ("//host/share", "_/_/host/share"),
            ("C:/windows", "C_/windows"),
            ("..\\..\\b", ".._.._b"),
            ("a\0b\r\n", "a_b__"),
            ("trailing.dot.", "trailing.dot_"),
            ("blank /x", "blank_/x"),
            ("...", "___"),
            ("CON", "_CON"),
            ("nul.tar.gz", "_nul.tar.gz"),
            ("Lpt1 .txt", "_Lpt1 .txt"),
            ("com²", "_com²"),
            ("COM10", "COM10"),
            ("console", "console"),
            ("\u{202e}txt.exe", "_txt.exe"),
            ("what?*", "what__"),
        ] {
            assert_eq!(paths(&[key]), [expected], "{key:?}");
        }
    }

    #[test]
    fn what_a_system_takes_for_the_same_gets_a_number() {
        assert_eq!(paths(&["UPPER.TXT", "upper.txt", "Upper.txt"]), ["UPPER.TXT", "upper (2).txt", "Upper (3).txt"]);
        assert_eq!(paths(&["a?", "a*", "a_"]), ["a_", "a_ (2)", "a_ (3)"]);
        assert_eq!(paths(&["a (2)", "a", "A"]), ["a (2)", "a", "A (3)"]);
        assert_eq!(paths(&["STRASSE", "straße"]), ["STRASSE", "straße (2)"]);
    }

    #[test]
    fn an_object_beside_a_folder_of_its_name() {
        assert_eq!(paths(&["a", "a/b", "a/c/", "a/c/d", "A/b"]), ["a", "a (2)/b", "a (2)/c/", "a (2)/c/d", "A (3)/b"]);
        assert_eq!(paths(&["a:/x", "a?/x", "a:/y"]), ["a_/x", "a_ (2)/x", "a_/y"], "two folders are not mixed");
        let mut names = Names::default();
        let folder = names.path("folder/");
        assert_eq!(names.own_object(&folder), "folder/this folder's own object");
    }

    #[test]
    fn too_long_names_keep_their_ending() {
        let long = format!("{}.txt", "é".repeat(400));
        let [first, second] = &paths(&[&long, &long.replace('é', "É")])[..] else { panic!("two paths") };
        assert!(first.len() <= LONGEST && first.ends_with("é.txt"), "{first}");
        assert!(second.len() <= LONGEST && second.ends_with("É (2).txt"), "{second}");
    }

    /// Keys that are made of what is difficult.
    fn key() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec!["/", "//", "..", ".", "\\", "a", "A", "C:", "CON", "nul.txt", " ", "\0", "\u{7f}", "com1", "é", "ß", "SS", "?", "aux. "]).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
            1 => "[a-b]{200,300}",
        ];
        prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn every_path_stays_inside_and_can_be_written_everywhere(keys in prop::collection::hash_set(key(), 1..24)) {
            let mut names = Names::default();
            let (mut seen, mut folders) = (HashSet::new(), HashMap::new());
            for key in &keys {
                let path = names.path(key);
                prop_assert_eq!(key.ends_with('/'), path.ends_with('/'));
                let parts: Vec<&str> = path.strip_suffix('/').unwrap_or(&path).split('/').collect();
                for part in &parts {
                    prop_assert!(!part.is_empty() && *part != "." && *part != "..", "{path:?}");
                    prop_assert!(part.len() <= LONGEST);
                    prop_assert!(!part.ends_with(['.', ' ']), "{path:?}");
                    prop_assert!(!part.chars().any(|char| char.is_control() || "<>:\"/\\|?*".contains(char)), "{path:?}");
                    let stem = part.split('.').next().unwrap_or_default().trim_end().to_uppercase();
                    let devices = ["CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "CONIN$", "CONOUT$"];
                    prop_assert!(!devices.contains(&stem.as_str()), "{path:?}");
                }
                // As many levels as the key has, so that nothing ends up elsewhere.
                prop_assert_eq!(path.matches('/').count(), key.matches('/').count(), "{:?}", key);
                // What is written at a path is written there once, and no folder is where an object is.
                let alike = path.to_uppercase().to_lowercase();
                if !path.ends_with('/') {
                    prop_assert!(seen.insert(alike.clone()), "{path:?} twice");
                }
                let above = alike.match_indices('/').map(|(at, _)| &alike[..at]);
                for (folder, end) in above.zip(key.match_indices('/').map(|(at, _)| at + 1)) {
                    let of = folders.entry(folder.to_owned()).or_insert_with(|| key[..end].to_owned());
                    prop_assert_eq!(&*of, &key[..end], "two folders are one: {}", folder);
                }
            }
            for object in &seen {
                prop_assert!(!folders.contains_key(object), "{object:?} is an object and a folder");
            }
        }
    }
}

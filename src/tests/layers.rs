//! Who may name whom: dependencies point inward, and what belongs to one place stays there. The source is read as text,
//! so that code for the browser is seen too, which is not compiled here.

use std::path::{Path, PathBuf};

/// A part of the program, and the parts that its files may name.
const LAYERS: [(&str, &[&str]); 11] = [
    ("words", &["browser", "words"]),
    ("model", &["model", "words"]),
    ("aws", &["aws", "model", "words"]),
    ("browser", &["aws", "browser", "model", "words"]),
    ("terminal", &["aws", "model", "terminal"]),
    ("preview", &["model", "preview", "words"]),
    ("state", &["api", "aws", "browser", "model", "preview", "reactive", "state", "terminal", "words"]),
    ("ui", &["browser", "reactive", "ui", "words"]),
    ("pages", &["api", "aws", "browser", "model", "pages", "preview", "reactive", "state", "terminal", "ui", "words"]),
    ("api", &["api", "model", "server", "words"]),
    ("server", &["api", "app", "aws", "model", "sandbox", "server", "state", "terminal", "words"]),
];

/// What stands in these places and in no others.
const PLACES: [(&str, &[&str]); 2] =
    [("web_sys", &["src/browser/", "src/ui/piece/"]), ("cfg(feature", &["src/lib.rs", "src/main.rs", "src/browser/mod.rs"])];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => files(&path, found),
            Some(extension) if extension == "rs" => found.push(path),
            _ => {}
        }
    }
}

/// The parts that a file names, with their lines. A link in a comment depends on nothing.
fn named(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(number, line)| {
        line.match_indices("crate::").filter_map(move |(at, found)| {
            let rest = &line[at + found.len()..];
            let name = rest.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').next()?;
            let is_link = line.trim_start().starts_with("//");
            (!is_link && !name.is_empty()).then_some((number + 1, name))
        })
    })
}

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    let relative = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (relative(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn dependencies_point_inward() {
    let known: Vec<&str> = LAYERS.iter().map(|(layer, _)| *layer).chain(["app", "reactive", "sandbox"]).collect();
    let mut wrong = Vec::new();
    for (path, text) in all() {
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| path.starts_with(&format!("src/{layer}/"))) else { continue };
        // A test may look at whom the tested one serves.
        let text = text.split("#[cfg(test)]").next().unwrap();
        if path.contains("/tests/") || path.ends_with("tests.rs") {
            continue;
        }
        wrong.extend(
            named(text)
                .filter(|(_, name)| known.contains(name) && !allowed.contains(name))
                .map(|(line, name)| format!("{path}:{line} names {name}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_has_a_place_stays_there() {
    let wrong: Vec<String> = all()
        .iter()
        .filter(|(path, _)| !path.starts_with("src/tests/"))
        .flat_map(|(path, text)| {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            lines.flat_map(move |(number, line)| {
                let found =
                    PLACES.iter().filter(|(what, places)| line.contains(what) && !places.iter().any(|place| path.starts_with(place)));
                found.map(move |(what, _)| format!("{path}:{} has {what}", number + 1))
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_line_that_names_another_is_seen() {
    let text = "use crate::server::portal;\n// crate::server\nlet x = crate::model::json::read(crate::pages::y);";
    assert_eq!(named(text).collect::<Vec<_>>(), [(1, "server"), (3, "model"), (3, "pages")]);
}

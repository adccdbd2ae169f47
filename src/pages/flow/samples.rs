//! The drawer *Do it yourself*: the same in five languages, as files that stand in the handbook.

use crate::browser::{element, task, timer};
use crate::model::role::EntitledRole;
use crate::reactive::{Memo, RwSignal, effect};
use crate::ui::button::button;
use crate::ui::copy::copy_button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag};
use crate::words::{mark, t, translated};
use leptos::ev::{Event, KeyboardEvent};
use leptos::wasm_bindgen::JsCast;

/// What opens the drawer, and has the focus back once it is closed.
const OPENER: &str = "open-do-it-yourself";
/// The code for the step that was asked for.
const HERE: &str = ".drawer mark";

/// A sample.
struct Sample {
    language: &'static str,
    id: &'static str,
    file: &'static str,
    text: &'static str,
    /// What is said of it: where it runs, and whether a test runs it.
    says: &'static str,
}

const SAMPLES: [Sample; 5] = [
    Sample {
        language: "JavaScript",
        id: "sample-javascript",
        file: "list.mjs",
        text: include_str!("../../docs/samples/list.mjs"),
        says: mark!("In a page of your own on the portal's origin. The portal mints, the browser asks S3. Run by a test, in Chromium."),
    },
    Sample {
        language: "Python",
        id: "sample-python",
        file: "list.py",
        text: include_str!("../../docs/samples/list.py"),
        says: mark!("A server of your own behind the balancer, without Vestibule. Run by a test, behind a balancer."),
    },
    Sample {
        language: "Java (Spring)",
        id: "sample-java",
        file: "ListController.java",
        text: include_str!("../../docs/samples/ListController.java"),
        says: mark!("A server of your own behind the balancer, without Vestibule. Not run by a test."),
    },
    Sample {
        language: "Rust",
        id: "sample-rust",
        file: "list.rs",
        text: include_str!("../../docs/samples/list.rs"),
        says: mark!("The call to STS and the listing, for a server behind the balancer. Run by a test."),
    },
    Sample {
        language: "AWS CLI",
        id: "sample-cli",
        file: "list.sh",
        text: include_str!("../../docs/samples/list.sh"),
        says: mark!("The same by hand, to try a role. Run by a test."),
    },
];

/// What the drawer shows.
#[derive(Clone, Copy)]
pub(super) struct Drawer {
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The step whose code was asked for, by its number; none where all of it was.
    step: RwSignal<Option<usize>>,
}

impl Drawer {
    /// It is closed.
    pub(super) fn new() -> Self {
        Self { open: RwSignal::new(false), step: RwSignal::new(None) }
    }

    /// What opens it at the beginning, and closes it.
    pub(super) fn opener(self) -> Tag {
        let press = move || {
            self.step.set(None);
            self.open.update(|open| *open = !*open);
        };
        button("button", t!("Do it yourself"), press)
            .set("id", OPENER)
            .live("aria-expanded", move || if self.open.get() { "true" } else { "false" })
            .set("aria-controls", "do-it-yourself")
    }

    /// What opens it at the code for a step.
    pub(super) fn opener_at(self, number: usize) -> Tag {
        let press = move || {
            self.step.set(Some(number));
            self.open.set(true);
        };
        button("button button--inline", t!("The code for this step"), press)
            .set("id", opener_of(Some(number)))
            .set("aria-controls", "do-it-yourself")
    }
}

/// The id of the button that opens it there.
fn opener_of(step: Option<usize>) -> String {
    step.map_or_else(|| OPENER.to_owned(), |number| [OPENER, "-", &number.to_string()].concat())
}

/// The drawer.
pub(super) fn drawer(drawer: Drawer, role: Memo<Option<EntitledRole>>) -> Tag {
    let Drawer { open, step } = drawer;
    let chosen = RwSignal::new(0_usize);
    let first = ElementRef::new();
    effect(move || {
        step.track();
        if !open.get() {
            return;
        }
        // Once it is drawn.
        task::spawn(async move {
            timer::sleep(0).await;
            // The code for a step, or the languages.
            if let Some(there) = element::find(HERE).or_else(|| first.get()) {
                element::focus(&there);
                element::reveal(&there);
            }
        });
    });
    let choose = move |at: usize| {
        chosen.set(at);
        if let Some(tab) = element::find(&["#tab-", SAMPLES[at].id].concat()) {
            element::focus(&tab);
        }
    };
    let close = move || {
        open.set(false);
        if let Some(opener) = element::find(&["#", &opener_of(step.get_untracked())].concat()) {
            element::focus(&opener);
        }
    };
    let on_key = move |event: Event| {
        let (now, last) = (chosen.get_untracked(), SAMPLES.len() - 1);
        match key_of(event).as_str() {
            "ArrowRight" => choose(if now == last { 0 } else { now + 1 }),
            "ArrowLeft" => choose(if now == 0 { last } else { now - 1 }),
            "Home" => choose(0),
            "End" => choose(last),
            _ => {}
        }
    };
    let on_escape = move |event: Event| {
        if key_of(event) == "Escape" {
            close();
        }
    };
    let tab = move |(at, sample): (usize, &'static Sample)| {
        let is_chosen = move || chosen.get() == at;
        let tab = button("tab", sample.language, move || choose(at))
            .set("role", "tab")
            .set("id", ["tab-", sample.id].concat())
            .set("aria-controls", "sample")
            .live("aria-selected", move || if is_chosen() { "true" } else { "false" })
            .live("tabindex", move || if is_chosen() { "0" } else { "-1" });
        if at == 0 { tab.reference(first) } else { tab }
    };
    let shown = live(move || sample(&SAMPLES[chosen.get()], step.get(), role.get().as_ref()));
    let list = tag("div")
        .class("tabs")
        .set("role", "tablist")
        .set("aria-label", t!("Language"))
        .on("keydown", on_key)
        .children(SAMPLES.iter().enumerate().map(tab));
    tag("section")
        .class("drawer")
        .set("id", "do-it-yourself")
        .set("aria-label", t!("Do it yourself"))
        .live("hidden", move || !open.get())
        .on("keydown", on_escape)
        .child(tag("div").class("drawer__head").child(tag("h2").child(t!("Do it yourself"))).child(button(
            "button button--inline",
            t!("Close"),
            close,
        )))
        .child(list)
        .child(
            tag("div")
                .class("drawer__sample")
                .set("role", "tabpanel")
                .set("id", "sample")
                .set("tabindex", "0")
                .live("aria-labelledby", move || ["tab-", SAMPLES[chosen.get()].id].concat())
                .child(shown),
        )
}

fn key_of(event: Event) -> String {
    event.dyn_into::<KeyboardEvent>().map(|event| event.key()).unwrap_or_default()
}

fn sample(sample: &'static Sample, step: Option<usize>, role: Option<&EntitledRole>) -> Piece {
    let text = filled(sample.text, role);
    let parts: Vec<(bool, String)> =
        parts(&text).map(|part| (step.is_some_and(|step| steps_of(part).any(|named| named == step)), part.to_owned())).collect();
    let has_none = step.is_some() && !parts.iter().any(|(is_here, _)| *is_here);
    let code =
        parts.into_iter().map(|(is_here, part)| if is_here { tag("mark").set("tabindex", "-1").child(part).piece() } else { part.piece() });
    [
        tag("p").class("secondary").child(translated(sample.says)).piece(),
        has_none.then(|| tag("p").child(t!("This sample has no code of its own for that step."))).piece(),
        tag("p")
            .class("drawer__file")
            .child(tag("code").child(sample.file))
            .child(copy_button("button button--inline", t!("Copy"), move || text.clone()))
            .piece(),
        tag("pre").children(code).piece(),
    ]
    .piece()
}

/// The parts of a sample: a comment that names steps begins one.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut begins = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && steps_of(line).next().is_some() {
            begins.push(at);
        }
        at += line.len();
    }
    begins.push(at);
    (1..begins.len()).map(move |place| &text[begins[place - 1]..begins[place]])
}

/// The steps that the first line of a part names.
fn steps_of(part: &str) -> impl Iterator<Item = usize> {
    let line = part.lines().next().unwrap_or_default().trim_start();
    let comment =
        line.trim_start_matches(['/', '#']).trim_start().strip_prefix("Step").filter(|_| !line.starts_with('S')).unwrap_or_default();
    let named = comment.split_once(':').map_or("", |(named, _)| named);
    named.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok())
}

/// With the names of the role that the page works in, where the file has an example's.
fn filled(text: &str, role: Option<&EntitledRole>) -> String {
    let Some(role) = role else { return text.to_owned() };
    let mut text = text.replace("role: 'analyst'", &["role: '", role.id.as_str(), "'"].concat());
    if let Some(bucket) = role.buckets.first() {
        for quote in ["\"", "'"] {
            text = text.replace(&[quote, "reports", quote].concat(), &[quote, &bucket.name, quote].concat());
            text = text.replace(&[quote, "team/", quote].concat(), &[quote, &bucket.prefix, quote].concat());
        }
        text = text.replace("--bucket reports --prefix team/", &["--bucket ", &bucket.name, " --prefix '", &bucket.prefix, "'"].concat());
        text = text
            .replace("eu-west-1\"", &[&bucket.region, "\""].concat())
            .replace("region: 'eu-west-1'", &["region: '", &bucket.region, "'"].concat());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::{AddressingStyle, Location, Permission, Signing};
    use crate::model::names::RoleId;
    use crate::model::role::Strategy;

    #[test]
    fn a_sample_is_whole_in_its_parts_and_names_steps() {
        for sample in &SAMPLES {
            assert_eq!(parts(sample.text).collect::<String>(), sample.text, "{}", sample.file);
            let named: Vec<usize> = parts(sample.text).flat_map(steps_of).collect();
            assert!(named.contains(&6) && named.contains(&8), "{}: {named:?}", sample.file);
            assert!(named.iter().all(|number| (1..=8).contains(number)), "{}: {named:?}", sample.file);
        }
        let named: Vec<Vec<usize>> =
            parts("a\n  # Steps 3, 4 and 6: x\nb\n// Step 8: y 9\n").map(|part| steps_of(part).collect()).collect();
        assert_eq!(named, [vec![], vec![3, 4, 6], vec![8]]);
    }

    #[test]
    fn samples_name_what_the_role_opens() {
        let location = Location {
            name: "ledger".into(),
            region: "eu-north-1".into(),
            endpoint: "https://ledger.s3.eu-north-1.amazonaws.com".into(),
            style: AddressingStyle::Virtual,
            prefix: "2026/".into(),
            permissions: vec![Permission::List],
            sign: Signing::Query,
        };
        let role = EntitledRole {
            id: RoleId::parse("auditor").unwrap(),
            title: "Auditor".into(),
            account: None,
            strategy: Strategy::AssumeRole,
            duration_seconds: 900,
            console: false,
            buckets: vec![location],
            functions: Vec::new(),
        };
        for sample in &SAMPLES {
            let text = filled(sample.text, Some(&role));
            assert!(text.contains("ledger") && text.contains("2026/") && !text.contains("reports"), "{}: {text}", sample.file);
            assert_eq!(filled(sample.text, None), sample.text);
        }
        assert!(filled(SAMPLES[0].text, Some(&role)).contains("role: 'auditor', region: 'eu-north-1', bucket: 'ledger', prefix: '2026/'"));
    }
}

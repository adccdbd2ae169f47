//! The drawer *Do it yourself*: the same in five languages, as files that stand in the handbook, with this request's own
//! values.

use super::filled::{Known, Source, Writing, filled};
use crate::browser::{element, task, timer};
use crate::elsewhere::quote::Code;
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
pub(super) struct Sample {
    language: &'static str,
    id: &'static str,
    pub(super) file: &'static str,
    pub(super) source: Source,
    /// What is said of it: where it runs, and whether a test runs it.
    says: &'static str,
}

pub(super) const SAMPLES: [Sample; 5] = [
    Sample {
        language: "JavaScript",
        id: "sample-javascript",
        file: "list.mjs",
        source: Source {
            base: include_str!("../../docs/samples/list.mjs"),
            chosen: "",
            mints: None,
            writing: Writing::Literal(Code::JavaScript, '\''),
        },
        says: mark!("In a page of your own on the portal's origin. The portal mints, the browser asks S3. Run by a test, in Chromium."),
    },
    Sample {
        language: "Python",
        id: "sample-python",
        file: "list.py",
        source: Source {
            base: include_str!("../../docs/samples/list.py"),
            chosen: include_str!("../../docs/samples/chosen.py"),
            mints: Some([
                include_str!("../../docs/samples/assume-role/mint.py"),
                include_str!("../../docs/samples/identity-pool/mint.py"),
                include_str!("../../docs/samples/identity-pool-enhanced/mint.py"),
                include_str!("../../docs/samples/self-issued/mint.py"),
            ]),
            writing: Writing::Literal(Code::Python, '"'),
        },
        says: mark!("A server of your own behind the balancer, without Vestibule. Run by a test, behind a balancer."),
    },
    Sample {
        language: "Java (Spring)",
        id: "sample-java",
        file: "ListController.java",
        source: Source {
            base: include_str!("../../docs/samples/ListController.java"),
            chosen: include_str!("../../docs/samples/Chosen.java"),
            mints: Some([
                include_str!("../../docs/samples/assume-role/Mint.java"),
                include_str!("../../docs/samples/identity-pool/Mint.java"),
                include_str!("../../docs/samples/identity-pool-enhanced/Mint.java"),
                include_str!("../../docs/samples/self-issued/Mint.java"),
            ]),
            writing: Writing::Literal(Code::Java, '"'),
        },
        says: mark!("A server of your own behind the balancer, without Vestibule. Run by a test, with stand-ins for Spring and the SDK."),
    },
    Sample {
        language: "Rust",
        id: "sample-rust",
        file: "list.rs",
        source: Source {
            base: include_str!("../../docs/samples/list.rs"),
            chosen: include_str!("../../docs/samples/chosen.rs"),
            mints: Some([
                include_str!("../../docs/samples/assume-role/mint.rs"),
                include_str!("../../docs/samples/identity-pool/mint.rs"),
                include_str!("../../docs/samples/identity-pool-enhanced/mint.rs"),
                include_str!("../../docs/samples/self-issued/mint.rs"),
            ]),
            writing: Writing::Literal(Code::Rust, '"'),
        },
        says: mark!("The call to STS and the listing, for a server behind the balancer. Run by a test."),
    },
    Sample {
        language: "AWS CLI",
        id: "sample-cli",
        file: "list.sh",
        source: Source {
            base: include_str!("../../docs/samples/list.sh"),
            chosen: "",
            mints: Some([
                include_str!("../../docs/samples/assume-role/mint.sh"),
                include_str!("../../docs/samples/identity-pool/mint.sh"),
                include_str!("../../docs/samples/identity-pool-enhanced/mint.sh"),
                include_str!("../../docs/samples/self-issued/mint.sh"),
            ]),
            writing: Writing::Sh,
        },
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
pub(super) fn drawer(drawer: Drawer, known: Memo<Known>) -> Tag {
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
    let shown = live(move || known.with(|known| sample(&SAMPLES[chosen.get()], step.get(), known)));
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

fn sample(sample: &'static Sample, step: Option<usize>, known: &Known) -> Piece {
    let filled = filled(&sample.source, known);
    let text = filled.text();
    let parts: Vec<(bool, String)> =
        filled.parts.into_iter().map(|(steps, part)| (step.is_some_and(|step| steps.contains(&step)), part)).collect();
    let has_none = step.is_some() && !parts.iter().any(|(is_here, _)| *is_here);
    let code =
        parts.into_iter().map(|(is_here, part)| if is_here { tag("mark").set("tabindex", "-1").child(part).piece() } else { part.piece() });
    let examples = filled.examples.join(", ");
    let environment = sample.source.mints.and_then(|_| known.environment());
    [
        tag("p").class("secondary").child(translated(sample.says)).piece(),
        has_none.then(|| tag("p").child(t!("This sample has no code of its own for that step."))).piece(),
        (!examples.is_empty())
            .then(|| {
                tag("p")
                    .class("drawer__examples")
                    .child(t!("An example's values, which this page does not know: {values}", values = examples))
            })
            .piece(),
        environment
            .map(|lines| {
                [
                    tag("p").child(t!("Not all of these services are AWS's own. For the environment:")).piece(),
                    tag("pre").class("drawer__environment").child(lines).piece(),
                ]
                .piece()
            })
            .piece(),
        tag("p")
            .class("drawer__file")
            .child(tag("code").child(sample.file))
            .child(copy_button("button button--inline", t!("Copy"), move || text.clone()))
            .piece(),
        tag("pre").class("drawer__code").children(code).piece(),
    ]
    .piece()
}

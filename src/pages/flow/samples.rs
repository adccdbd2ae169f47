//! The drawer *Do it yourself*: the same in five languages, as files that stand in the handbook.

use super::copy_button;
use crate::browser::element;
use crate::model::role::EntitledRole;
use crate::reactive::{Memo, RwSignal, effect};
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag};
use leptos::ev::{Event, KeyboardEvent};
use leptos::wasm_bindgen::JsCast;

/// What opens the drawer, and has the focus back once it is closed.
const OPENER: &str = "[aria-controls='do-it-yourself']";

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
        says: "In a page of your own on the portal's origin. The portal mints, the browser asks S3. Run by a test, in Chromium.",
    },
    Sample {
        language: "Python",
        id: "sample-python",
        file: "list.py",
        text: include_str!("../../docs/samples/list.py"),
        says: "A server of your own behind the balancer, without Vestibule. Run by a test, behind a balancer.",
    },
    Sample {
        language: "Java (Spring)",
        id: "sample-java",
        file: "ListController.java",
        text: include_str!("../../docs/samples/ListController.java"),
        says: "A server of your own behind the balancer, without Vestibule. Not run by a test.",
    },
    Sample {
        language: "Rust",
        id: "sample-rust",
        file: "list.rs",
        text: include_str!("../../docs/samples/list.rs"),
        says: "The call to STS and the listing, for a server behind the balancer. Not run by a test.",
    },
    Sample {
        language: "AWS CLI",
        id: "sample-cli",
        file: "list.sh",
        text: include_str!("../../docs/samples/list.sh"),
        says: "The same by hand, to try a role. Not run by a test.",
    },
];

/// The drawer, shown while `open`.
pub(super) fn drawer(open: RwSignal<bool>, role: Memo<Option<EntitledRole>>) -> Tag {
    let chosen = RwSignal::new(0_usize);
    let first = ElementRef::new();
    effect(move || {
        if open.get()
            && let Some(first) = first.get()
        {
            element::focus(&first);
        }
    });
    let choose = move |at: usize| {
        chosen.set(at);
        if let Some(tab) = element::find(&["#tab-", SAMPLES[at].id].concat()) {
            element::focus(&tab);
        }
    };
    let close = move || {
        open.set(false);
        if let Some(opener) = element::find(OPENER) {
            element::focus(&opener);
        }
    };
    let on_key = move |event: Event| {
        let (now, last) = (chosen.get_untracked(), SAMPLES.len() - 1);
        let key = event.dyn_into::<KeyboardEvent>().map(|event| event.key()).unwrap_or_default();
        match key.as_str() {
            "ArrowRight" => choose(if now == last { 0 } else { now + 1 }),
            "ArrowLeft" => choose(if now == 0 { last } else { now - 1 }),
            "Home" => choose(0),
            "End" => choose(last),
            "Escape" => close(),
            _ => {}
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
    let shown = live(move || sample(&SAMPLES[chosen.get()], role.get().as_ref()));
    let list = tag("div")
        .class("tabs")
        .set("role", "tablist")
        .set("aria-label", "Language")
        .on("keydown", on_key)
        .children(SAMPLES.iter().enumerate().map(tab));
    tag("section")
        .class("drawer")
        .set("id", "do-it-yourself")
        .set("aria-label", "Do it yourself")
        .live("hidden", move || !open.get())
        .child(tag("div").class("drawer__head").child(tag("h2").child("Do it yourself")).child(button(
            "button button--inline",
            "Close",
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

fn sample(sample: &'static Sample, role: Option<&EntitledRole>) -> Piece {
    let text = filled(sample.text, role);
    [
        tag("p").class("secondary").child(sample.says).piece(),
        tag("p").class("drawer__file").child(tag("code").child(sample.file)).child(copy_button(text.clone())).piece(),
        tag("pre").child(text).piece(),
    ]
    .piece()
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

//! The sandbox's own pages: the five personas, and what went wrong.

use super::personas::{PERSONAS, Persona};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use quick_xml::escape::escape;

const STYLE: &str = include_str!("page.css");

/// Nothing runs, nothing is loaded but the one style sheet, nobody frames it, and the address,
/// which holds a sign-in's state, is told to nobody.
const HEADERS: [(header::HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

/// The style sheet of these pages.
pub(super) fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], STYLE).into_response()
}

/// The page on which a person picks who they are. `link` makes the address behind a card.
pub(super) fn personas(style: &str, link: impl Fn(&Persona) -> String) -> Response {
    let cards: String = PERSONAS.iter().map(|persona| card(persona, &link(persona))).collect();
    let main = format!(
        "<h1>Sign in to the sandbox</h1>\n<p class=\"lead\">Five people, no passwords. Each shows another side of the portal.</p>\n\
         <ul class=\"personas\">\n{cards}</ul>\n\
         <p class=\"foot\">Scripts sign in with <code>/sandbox/sign-in?as=analyst</code> and leave with <code>/sandbox/sign-out</code>.</p>"
    );
    (HEADERS, Html(whole("Sign in to the sandbox", style, &main))).into_response()
}

/// A page that says what is wrong with a request that a person's browser made.
pub(super) fn problem(style: &str, status: StatusCode, title: &str, sentence: &str) -> Response {
    let main = format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>", escape(title), escape(sentence));
    (status, HEADERS, Html(whole(title, style, &main))).into_response()
}

/// What a page shows of one thing: a name, and what stands beside it.
pub(super) type Fact<'a> = (&'a str, &'a str);

/// A page that says what has happened.
pub(super) fn told(style: &str, title: &str, sentence: &str, facts: &[Fact<'_>]) -> Response {
    let facts: String =
        facts.iter().map(|(name, value)| format!("<dt>{}</dt><dd><code>{}</code></dd>\n", escape(*name), escape(*value))).collect();
    let main = format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<dl class=\"facts\">\n{facts}</dl>", escape(title), escape(sentence));
    (HEADERS, Html(whole(title, style, &main))).into_response()
}

fn card(persona: &Persona, link: &str) -> String {
    let initials: String = persona.name.split(' ').filter_map(|word| word.chars().next()).collect();
    format!(
        "<li><a class=\"persona\" href=\"{}\"><span class=\"initials\" aria-hidden=\"true\">{initials}</span>\
         <span class=\"who\"><span class=\"name\">{}</span> <code>{}</code></span> <span>{}</span></a></li>\n",
        escape(link),
        escape(persona.name),
        escape(persona.id),
        escape(persona.promise),
    )
}

fn whole(title: &str, style: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} · Vestibule sandbox</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"{style}\">\n</head>\n\
         <body>\n<header class=\"edge\">Sandbox: nothing here is AWS</header>\n<main>\n{main}\n</main>\n</body>\n</html>\n",
        escape(title)
    )
}

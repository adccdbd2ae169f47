//! The document, the providers and the route table.

use crate::browser::{lifecycle, navigation, task};
use crate::pages::access::access;
use crate::pages::admin::admin;
use crate::pages::browse::browse;
use crate::pages::cli::cli;
use crate::pages::doctor::doctor;
use crate::pages::errors::errors;
use crate::pages::flow::flow;
use crate::pages::frame;
use crate::pages::functions::{self, functions};
use crate::pages::not_found::not_found;
use crate::pages::signed_out::signed_out;
use crate::reactive::{Memo, effect};
use crate::state::download;
use crate::state::language::PageLanguage;
use crate::state::{self, first_mint::FirstMint, viewer::Handover};
use crate::terminal;
use crate::ui::first_view::FirstView;
use crate::ui::lazy;
use crate::ui::piece::{Piece, live};
use crate::words::{self, Source};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::NavigateOptions;
use leptos_router::components::Router;
use leptos_router::hooks::{use_location, use_navigate};

/// What loads the parts of the program.
const PARTS: &str = "/pkg/__wasm_split.______________________.js";

/// Loads a page again in English that came without the texts of its language. Scripts run in their order: this one
/// before the program starts.
const WITHOUT_WORDS: &str = "document.getElementById('words').textContent||(document.cookie='vestibule-language-unavailable=1;path=/;max-age=60;samesite=lax',\
    document.cookie.includes('vestibule-language-unavailable')&&location.reload())";

/// The document around the application, as the server writes it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let language = words::language();
    view! {
        <!DOCTYPE html>
        <html lang=language.code dir=language.direction>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <HashedStylesheet options=options.clone()/>
                <AutoReload options=options.clone()/>
                {use_context::<Source>().map(|source| view! {
                    <script defer nonce=use_nonce() id=Source::ELEMENT src=source.path></script>
                    <script type="module" nonce=use_nonce()>{WITHOUT_WORDS}</script>
                })}
                {use_context::<FirstMint>().map(|mint| view! { <script nonce=use_nonce() inner_html=mint.script()></script> })}
                // The program asks for it only once it runs; so it is there by then.
                <link rel="modulepreload" nonce=use_nonce() href=PARTS/>
                <HydrationScripts options/>
                <MetaTags/>
                {use_context::<Handover>().map(|known| view! { <script type="application/json" nonce=use_nonce() id=Handover::ELEMENT inner_html=known.to_html()></script> })}
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// A page: its path and what draws it.
type Page = (&'static str, fn() -> Piece);

/// Every page, by its path. The server answers these and no others with 200.
pub const PAGES: [Page; 9] = [
    ("/browse", browse),
    ("/functions", functions),
    ("/flow", flow),
    ("/access", access),
    ("/admin", admin),
    ("/admin/doctor", doctor),
    ("/errors", errors),
    (terminal::PAGE, cli),
    ("/signed-out", signed_out),
];

/// The application.
///
/// Pages are written whole by the server: who is signed in is known there, and what comes from S3 and
/// Lambda is asked for in the browser only.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    state::provide();
    FirstView::provide();
    effect(lifecycle::mark_hydrated);
    let first_view = FirstView::current();
    let mut ahead = false;
    effect(move || {
        if first_view.is_there() && !ahead {
            ahead = true;
            task::when_idle(|| {
                lazy::ahead(download::load);
                lazy::ahead(functions::load);
                lazy::ahead(frame::load_menus);
            });
        }
    });
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Vestibule".to_owned() } else { format!("{page} · Vestibule") }/>
        <Router>{shown()}</Router>
    }
}

/// The page that the address names.
fn shown() -> Piece {
    let path = use_location().pathname;
    follow_address();
    let page = Memo::new(move || path.with(|path| PAGES.iter().position(|(known, _)| known == path)));
    let language = PageLanguage::current();
    live(move || {
        language.track();
        page.get().map_or_else(not_found, |at| PAGES[at].1())
    })
}

/// Puts the address of another page into the browser's bar and history. The router leaves that to its own table of
/// routes, which would say when the page is there; ours is there at once.
fn follow_address() {
    let location = use_location();
    let navigate = use_navigate();
    effect(move || {
        let path = location.pathname.get();
        if navigation::path().is_some_and(|shown| shown != path) {
            let (query, hash) = (location.search.get_untracked(), location.hash.get_untracked());
            let mark = if query.is_empty() { "" } else { "?" };
            navigate(&[&path, mark, &query, &hash].concat(), NavigateOptions { resolve: false, ..NavigateOptions::default() });
        }
    });
}

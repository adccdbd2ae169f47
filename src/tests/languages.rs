//! The language of pages and errors.

use crate::balancer::Person;
use crate::captured_log;
use crate::world::{Answered, World};
use axum::body::Body;
use http::{HeaderMap, HeaderName, Request};
use vestibule::model::clock::Clock;

const GERMAN: (&str, &str) = ("accept-language", "de-AT,de;q=0.9,en;q=0.5");

/// What this person gets with these headers besides the balancer's.
fn headers(world: &World, more: &[(&str, &str)]) -> HeaderMap {
    let mut headers = Person::analyst().headers(world.clock.now());
    headers.extend(more.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())));
    headers
}

async fn page(world: &World, path: &str, more: &[(&str, &str)]) -> Answered {
    world.page(path, headers(world, more)).await
}

#[tokio::test]
async fn a_page_comes_in_the_language_that_the_browser_asks_for() {
    let world = World::new().await;
    let english = page(&world, "/browse", &[]).await;
    assert!(english.body.contains("<html lang=\"en\" dir=\"ltr\">") && english.body.contains("My access"));
    assert!(!english.body.contains("/pkg/words"), "English needs no texts");
    assert_eq!(english.header("content-language"), "en");
    let german = page(&world, "/browse", &[GERMAN]).await;
    assert!(german.body.contains("<html lang=\"de\" dir=\"ltr\">"));
    for text in ["Mein Zugriff", "Funktionen", "2 Orte", "auflisten, lesen", "Rolle: The analyst"] {
        assert!(german.body.contains(text), "{text} in {}", german.body);
    }
    for text in ["My access", "2 locations", "Skip to"] {
        assert!(!german.body.contains(text), "{text}");
    }
    assert_eq!(german.header("content-language"), "de");
    let vary: Vec<&str> = german.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"accept-language") && vary.contains(&"cookie"), "{vary:?}");
}

#[tokio::test]
async fn the_choice_counts_more_than_the_browser() {
    let world = World::new().await;
    let chosen = |cookie: &'static str| [GERMAN, ("cookie", cookie)];
    let language = async |cookie| page(&world, "/access", &chosen(cookie)).await.header("content-language").to_owned();
    assert_eq!(language("vestibule-language=en").await, "en");
    assert_eq!(language("vestibule-language=de").await, "de");
    assert_eq!(language("vestibule-language-unavailable=1").await, "en", "its texts could not be loaded");
    assert_eq!(language("vestibule-language=en-XA").await, "de", "the pseudo-locale is the sandbox's");
}

#[tokio::test]
async fn errors_are_told_in_the_persons_language_and_logged_in_english() {
    let world = World::new().await;
    let body = r#"{"role":"operator"}"#;
    let english = world.call_with("/api/credentials", headers(&world, &[]), body).await.error("not_entitled", 403);
    assert_eq!(english["message"], "You are not entitled to a role “operator”.");
    let answer = world.call_with("/api/credentials", headers(&world, &[GERMAN]), body).await;
    assert_eq!(answer.header("content-language"), "de");
    let german = answer.error("not_entitled", 403);
    assert_eq!(german["message"], "Sie haben kein Recht auf eine Rolle „operator“.");
    assert!(german["next_step"].as_str().unwrap().starts_with("Bitten Sie die Betreiber des Portals"), "{german:#}");
    let lines = captured_log::lines_with(german["reference"].as_str().unwrap());
    assert_eq!(lines.len(), 1);
    let line = lines[0].to_string();
    assert!(line.contains("You are not entitled") && !line.contains("Recht auf"), "{line}");
    let unknown = world.call_with("/api/none", headers(&world, &[GERMAN]), "{}").await.error("bad_request", 404);
    assert_eq!(unknown["message"], "Unter /api gibt es keinen solchen Pfad.");
    let nobody = HeaderMap::from_iter([(http::header::ACCEPT_LANGUAGE, "de".parse().unwrap())]);
    let refused = world.page("/browse", nobody).await;
    assert_eq!(refused.status, 401);
    assert!(refused.body.contains("Sie sind nicht angemeldet") && refused.body.contains("Die Anfrage kam nicht über die Anmeldung"));
}

#[tokio::test]
async fn requests_at_the_same_time_are_answered_each_in_their_own_language() {
    let world = World::new().await;
    let pages = (0..40).map(async |number| {
        let (header, expected) = if number % 2 == 0 { (vec![GERMAN], "Mein Zugriff") } else { (vec![], "My access") };
        assert!(page(&world, "/browse", &header).await.body.contains(expected), "{number}");
    });
    futures::future::join_all(pages).await;
}

#[tokio::test]
async fn the_texts_need_no_sign_in_and_are_kept() {
    let world = World::new().await;
    let german = page(&world, "/browse", &[GERMAN]).await;
    let (_, rest) = german.body.split_once("src=\"/pkg/words.de.").unwrap();
    let path = format!("/pkg/words.de.{}", rest.split_once('"').unwrap().0);
    let texts = world.send(Request::get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!((texts.status.as_u16(), texts.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(texts.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(texts.body.starts_with("document.currentScript.textContent=\"de\\tltr\\t") && texts.body.contains("Abbrechen"));
    let older = world.send(Request::get("/pkg/words.de.0123.js").body(Body::empty()).unwrap()).await;
    assert_eq!((older.status.as_u16(), older.header("cache-control")), (200, "no-cache"), "of a page that an older portal wrote");
    assert_eq!(older.body, texts.body);
    // Both scripts carry the page's nonce, and the second stands before the program's own.
    let nonce = german.header("content-security-policy").split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0;
    assert_eq!(german.body.matches(&format!("nonce=\"{nonce}\"")).count(), german.body.matches("nonce=\"").count());
    let (check, program) = (german.body.find("vestibule-language-unavailable").unwrap(), german.body.find("hydrate()").unwrap());
    assert!(check < program);
    for path in ["/pkg/words.en.js", "/pkg/words.xx.js", "/pkg/words.js"] {
        assert_eq!(world.send(Request::get(path).body(Body::empty()).unwrap()).await.status, 404, "{path} is no file of the site");
    }
}

#[tokio::test]
async fn the_page_behind_the_sign_out_is_translated() {
    let world = World::new().await;
    let request = Request::get("/bye").header(GERMAN.0, GERMAN.1);
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.body.contains("<html lang=\"de\" dir=\"ltr\">") && answer.body.contains("<h1>Sie sind abgemeldet</h1>"));
    let request = Request::get("/sign-out").header("sec-fetch-site", "cross-site").header(GERMAN.0, GERMAN.1);
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.body.contains(">Angemeldet bleiben</a>"));
}

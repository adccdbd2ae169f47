//! Requests that another site's page can make a signed-in browser send.

use crate::balancer::Person;
use crate::world::World;
use axum::body::Body;
use http::Request;
use vestibule::model::clock::Clock;

#[tokio::test]
async fn the_matrix() {
    let world = World::new().await;
    let own = "https://portal.example.com";
    let client = ("x-vestibule-client", "test");
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", own)], true),
        (&[("origin", own)], true),
        (&[client], true),
        (&[], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", own)], false),
        (&[("sec-fetch-site", "cross-site"), client], false),
        (&[("sec-fetch-site", "same-site"), client], false),
        (&[("sec-fetch-site", "none"), ("origin", own)], false),
        (&[("origin", "https://evil.example.com")], false),
        (&[("origin", "https://evil.example.com"), client], false),
        (&[("origin", "null"), client], false),
        (&[("origin", "http://portal.example.com")], false),
        (&[("origin", "https://portal.example.com:444")], false),
        (&[("origin", "https://portal.example.com.evil.test")], false),
    ];
    let mut person = Person::analyst();
    person.groups.push("portal-admins");
    for (path, body) in [
        ("/api/whoami", "{}"),
        ("/api/credentials", r#"{"role":"analyst"}"#),
        ("/api/functions/schemas", r#"{"role":"analyst"}"#),
        ("/api/sessions/mine", "{}"),
        ("/api/sessions/list", "{}"),
        ("/api/sessions/overview", "{}"),
        ("/api/sessions/revoke", r#"{"subject":"somebody"}"#),
        ("/api/sessions/lift", r#"{"subject":"somebody"}"#),
    ] {
        for (lines, is_own) in cases {
            let mut request = Request::post(path).header("content-type", "application/json");
            for (name, value) in *lines {
                request = request.header(*name, *value);
            }
            request.headers_mut().unwrap().extend(person.headers(world.clock.now()));
            let before = world.sts.asked().len();
            let answer = world.send(request.body(Body::from(body)).unwrap()).await;
            if *is_own {
                assert_eq!(answer.status, 200, "{path} {lines:?}");
            } else {
                answer.error("cross_site", 403);
                assert_eq!(world.sts.asked().len(), before, "{path} {lines:?}");
            }
            assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
        }
    }
}

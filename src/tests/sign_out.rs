//! Leaving.

use crate::world::World;
use axum::body::Body;
use http::Request;
use url::Url;

#[tokio::test]
async fn every_shard_of_the_cookie_goes() {
    let world = World::with(|config| config.alb.cookie_name = "Portal".to_owned(), |store| store).await;
    for site in [None, Some("same-origin"), Some("none")] {
        let mut request = Request::get("/sign-out");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/bye"));
        assert_eq!((answer.header("clear-site-data"), answer.header("cache-control")), ("\"cache\", \"storage\"", "no-store"));
        let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        for (cookie, name) in cookies.iter().zip(["Portal", "Portal-0", "Portal-1", "Portal-2", "Portal-3"]) {
            assert_eq!(
                *cookie,
                format!("{name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=None")
            );
        }
        assert_eq!(cookies.len(), 5);
    }
}

#[tokio::test]
async fn another_site_gets_no_further_than_a_button() {
    let world = World::new().await;
    for site in ["cross-site", "same-site"] {
        let answer = world.send(Request::get("/sign-out").header("sec-fetch-site", site).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(r#"href="/sign-out""#));
        assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("clear-site-data"));
        assert!(!answer.body.contains("<script") && !answer.body.contains("style="));
    }
}

#[tokio::test]
async fn the_provider_is_told_where_one_is_configured() {
    let logout = "https://pool.example.com/logout?client_id=1&logout_uri=https%3A%2F%2Fportal.example.com%2Fbye";
    let world = World::with(|config| config.idp.logout_url = Some(Url::parse(logout).unwrap()), |store| store).await;
    let answer = world.send(Request::get("/sign-out").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("location"), logout);
}

#[tokio::test]
async fn the_page_behind_it_is_open() {
    let world = World::new().await;
    let answer = world.send(Request::get("/bye").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"));
    assert!(answer.body.contains("You are signed out"));
}

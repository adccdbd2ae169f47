//! A clock that is set while the portal runs: nobody gets more, nobody is locked out, nothing panics.

use crate::balancer::Person;
use crate::world::World;
use serde_json::json;
use vestibule::model::clock::Clock;

const MINT: &str = r#"{"role":"analyst"}"#;
const HOUR: i64 = 3_600;
const YEARS: i64 = 50 * 365 * 24 * HOUR;

#[tokio::test]
async fn people_go_on_minting_as_much_as_before_and_for_as_long() {
    let world = World::with(|config| config.limits.mints_per_minute = 2, |store| store).await;
    for step in [0, 61, -61, HOUR, -HOUR, -2 * HOUR, YEARS, -YEARS, -YEARS, YEARS] {
        world.clock.advance(step);
        // Balancer and provider have the same time: the person signs in anew.
        let ana = Person::new(&format!("stepped-by-{step}-at-{}", world.clock.now().millis()), &["analysts"]);
        for expected in [200, 200, 429] {
            let answer = world.call("/api/credentials", &ana, MINT).await;
            assert_eq!(answer.status.as_u16(), expected, "after a step of {step} s: {}", answer.body);
        }
        let asked = world.sts.asked();
        assert_eq!(asked.last().unwrap()["DurationSeconds"], "3600", "after a step of {step} s");
        let who = world.call("/api/whoami", &ana, "{}").await.json();
        assert_eq!(who["server_now"], json!(world.clock.now()));
        let mine = world.call("/api/sessions/mine", &ana, "{}").await.json();
        assert_eq!(mine["sessions"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn the_limit_of_one_person_survives_steps_and_does_not_outlast_them() {
    let world = World::with(|config| config.limits.mints_per_minute = 1, |store| store).await;
    let ana = Person::analyst();
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200);
    world.clock.advance(-30);
    world.call("/api/credentials", &ana, MINT).await.error("rate_limited", 429);
    world.clock.advance(30);
    world.call("/api/credentials", &ana, MINT).await.error("rate_limited", 429);
    world.clock.advance(-HOUR);
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200, "a clock set back locks nobody out");
    world.clock.advance(YEARS);
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200);
}

#[tokio::test]
async fn headers_are_believed_by_the_clock_of_the_moment() {
    let world = World::new().await;
    let headers = Person::analyst().headers(world.clock.now());
    let whoami = async |step: i64| {
        world.clock.advance(step);
        world.call_with("/api/whoami", headers.clone(), "{}").await
    };
    assert_eq!(whoami(0).await.status, 200);
    // Two minutes of life and ten seconds of leeway; found good before, and no longer for that.
    assert_eq!(whoami(131).await.error("header_rejected", 401)["rule"], "expired");
    assert_eq!(whoami(-131).await.status, 200, "the clock was wrong, the header is not");
    assert_eq!(whoami(-HOUR).await.status, 200, "verified anew, with a clock before it was kept");
    assert_eq!(whoami(YEARS).await.error("header_rejected", 401)["rule"], "expired");
}

#[tokio::test]
async fn sessions_are_told_by_the_clock_of_the_moment() {
    let world = World::new().await;
    let ana = Person::analyst();
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200);
    for (step, state) in [(0, "live"), (2 * HOUR, "expired"), (-2 * HOUR, "live"), (-YEARS, "live"), (2 * YEARS, "expired")] {
        world.clock.advance(step);
        let mine = world.call("/api/sessions/mine", &ana, "{}").await.json();
        assert_eq!(mine["sessions"][0]["state"], state, "after a step of {step} s");
    }
}

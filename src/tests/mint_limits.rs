//! What bounds a mint whatever the strategy: places on the way to AWS, the packed policy's space, and
//! the life of the access token.

use crate::balancer::Person;
use crate::captured_log;
use crate::sts::Answer;
use crate::world::World;
use futures::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::model::clock::Clock;
use vestibule::server::config::{Config, RoleStrategy};

const MINT: &str = r#"{"role":"analyst"}"#;

fn assume_role(config: &mut Config) {
    config.roles[0].strategy = RoleStrategy::AssumeRole { tag_claims: Vec::new() };
}

#[tokio::test]
async fn sixty_four_people_at_once_and_the_others_are_told_when() {
    let world = World::new().await;
    let mut slow = Answer::credentials();
    slow.delay = Duration::from_millis(2_500);
    world.sts.says(slow);
    let people: Vec<Person> = (0..70).map(|n| Person::new(&format!("person-{n}"), &["analysts"])).collect();
    let answers = join_all(people.iter().map(|person| world.call("/api/credentials", person, MINT))).await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((given.len(), world.sts.asked().len()), (64, 64));
    for answer in refused {
        let error = answer.error("mint_unavailable", 503);
        assert_eq!(error["retry_after"], 5);
        assert!(error["message"].as_str().unwrap().contains("Too many people"), "{error:#}");
    }
    world.sts.says(Answer::credentials());
    assert_eq!(world.call("/api/credentials", &people[69], MINT).await.status, 200, "places become free again");
}

#[tokio::test]
async fn a_short_wait_is_waited() {
    let world = World::new().await;
    let mut slow = Answer::credentials();
    slow.delay = Duration::from_millis(300);
    world.sts.says(slow);
    let people: Vec<Person> = (0..100).map(|n| Person::new(&format!("waiting-{n}"), &["analysts"])).collect();
    let answers = join_all(people.iter().map(|person| world.call("/api/credentials", person, MINT))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}

#[tokio::test]
async fn nearly_full_policies_are_warned_of() {
    let world = World::with(assume_role, |store| store).await;
    for (percent, warned) in [(79, 0), (80, 1), (100, 1)] {
        world.sts.says(Answer::role_credentials(percent));
        let answer = world.call("/api/credentials", &Person::analyst(), MINT).await.json();
        let minted = captured_log::lines_with(answer["session_id"].as_str().unwrap());
        let reference = minted[0]["fields"]["reference"].as_str().unwrap();
        let lines = captured_log::lines_with(reference);
        let warnings: Vec<&Value> = lines.iter().filter(|line| line["fields"]["event"] == "packed_policy").collect();
        assert_eq!(warnings.len(), warned, "{percent} %: {lines:#?}");
        for line in warnings {
            assert_eq!(
                (&line["level"], &line["fields"]["percent"], &line["fields"]["role"]),
                (&json!("WARN"), &json!(percent), &json!("analyst"))
            );
        }
    }
}

/// A person whose access token was issued and expires so many seconds from now.
fn with_token(world: &World, issued: i64, expires: i64) -> Person {
    let now = world.clock.now().seconds();
    let mut person = Person::analyst();
    person.claims = json!({"iat": now + issued, "exp": now + expires});
    person
}

#[tokio::test]
async fn capped_credentials_end_before_the_access_token() {
    for strategy in [RoleStrategy::WebIdentity, RoleStrategy::AssumeRole { tag_claims: Vec::new() }] {
        let answer = if strategy == RoleStrategy::WebIdentity { Answer::credentials() } else { Answer::role_credentials(1) };
        let change = |config: &mut Config| {
            config.roles[0].strategy = strategy;
            config.roles[0].cap_to_access_token = true;
        };
        let world = World::with(change, |store| store).await;
        world.sts.says(answer);
        // Six seconds are the longest that a mint takes before STS begins to count, and the clock
        // stands at a quarter of a second.
        for (expires, body, seconds) in [
            (3_600, MINT, "3593"),
            (86_400, MINT, "3600"),
            (907, MINT, "900"),
            (3_600, r#"{"role":"analyst","duration_seconds":1200}"#, "1200"),
            (1_000, r#"{"role":"analyst","duration_seconds":3600}"#, "993"),
        ] {
            let before = world.sts.asked().len();
            let answer = world.call("/api/credentials", &with_token(&world, -60, expires), body).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(world.sts.asked()[before]["DurationSeconds"], seconds, "{expires} {body}");
        }
        let asked = world.sts.asked().len();
        let error = world.call("/api/credentials", &with_token(&world, -3_000, 600), MINT).await.error("mint_unavailable", 503);
        assert_eq!(error["retry_after"], 600, "when the balancer has refreshed the token");
        assert!(error["next_step"].as_str().unwrap().contains("600 seconds"), "{error:#}");
        let error = world.call("/api/credentials", &with_token(&world, 0, 600), MINT).await.error("mint_misconfigured", 502);
        assert!(error["next_step"].as_str().unwrap().contains("lengthen the life of access tokens"), "{error:#}");
        assert_eq!(world.sts.asked().len(), asked, "STS was not asked for these");
    }
}

#[tokio::test]
async fn a_role_without_the_cap_outlives_the_token() {
    let world = World::new().await;
    assert_eq!(world.call("/api/credentials", &with_token(&world, -3_000, 600), MINT).await.status, 200);
    assert_eq!(world.sts.asked()[0]["DurationSeconds"], "3600");
}

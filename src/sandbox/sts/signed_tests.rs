//! AssumeRole against callers, policies and parameters that it must not take.

use super::*;
use crate::model::credentials::Credentials;
use crate::sandbox::form;
use crate::sandbox::policy::Request as Asked;
use crate::sandbox::registry::IssuedSession;
use crate::sandbox::task_role::TaskRole;
use crate::sandbox::trial::{ANALYST, Draft, HOST, TurnedClock, element, issue, read};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt;

const AUDITOR: &str = "arn:aws:iam::000000000000:role/auditor";

struct Scene {
    registry: Arc<Registry>,
    clock: Arc<TurnedClock>,
    portal: Credentials,
    sts: Router,
}

/// A good call, but for these parameters; an empty one is left out.
fn body(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("Action", "AssumeRole"),
        ("Version", VERSION),
        ("RoleArn", AUDITOR),
        ("RoleSessionName", "ada.0123"),
        ("SourceIdentity", "ada"),
        ("Tags.member.1.Key", "subject"),
        ("Tags.member.1.Value", "ada"),
        ("Tags.member.2.Key", "username"),
        ("Tags.member.2.Value", "analyst"),
        ("DurationSeconds", "3600"),
    ];
    for &(name, value) in changes {
        fields.retain(|(other, _)| *other != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    form::encode(&fields)
}

fn draft(body: &str) -> Draft<'_> {
    let headers: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
    Draft { service: "sts", headers, body: body.as_bytes(), ..Draft::s3("POST", "/") }
}

impl Scene {
    fn new() -> Self {
        let (registry, clock) = (Arc::new(Registry::new()), Arc::new(TurnedClock::default()));
        let sts = Arc::new(Sts::new(Vec::new(), registry.clone(), clock.clone()));
        let portal = TaskRole::new(registry.clone(), clock.clone()).unwrap().issue();
        Self { sts: sts.router(Hosts::of(HOST.parse().unwrap())), registry, clock, portal }
    }

    async fn ask(&self, request: Request<Body>) -> (u16, String) {
        let (status, _, text) = read(self.sts.clone().oneshot(request).await.unwrap()).await;
        (status, text)
    }

    async fn call(&self, changes: &[(&str, &str)]) -> (u16, String) {
        self.ask(draft(&body(changes)).signed(&self.portal)).await
    }

    async fn refused(&self, request: Request<Body>, status: u16, code: &str, message: &str) {
        let (got, text) = self.ask(request).await;
        assert_eq!((got, element(&text, "Code")), (status, code), "{text}");
        assert!(element(&text, "Message").replace("&apos;", "'").contains(message), "wanted {message:?} in {text}");
        assert!(!text.contains("SecretAccessKey"), "{text}");
    }

    /// The session that a call gave.
    async fn session(&self, changes: &[(&str, &str)]) -> Arc<IssuedSession> {
        let (status, text) = self.call(changes).await;
        assert_eq!(status, 200, "{text}");
        self.registry.find(element(&text, "AccessKeyId")).unwrap()
    }

    fn can(&self, session: &IssuedSession, action: &str, resource: &str) -> bool {
        let context = session.context(self.clock.now()).with("s3:prefix", "");
        session.allows(&Asked { action, resource, context: &context })
    }
}

/// Somebody with this policy of their own, under the analyst's name.
fn somebody(scene: &Scene, policy: &str) -> Credentials {
    issue(&scene.registry, &*scene.clock, policy, None)
}

#[tokio::test]
async fn the_portal_takes_the_role_and_the_session_says_for_whom() {
    let scene = Scene::new();
    let asked = scene.clock.now();
    let (status, text) = scene.call(&[]).await;
    assert_eq!(status, 200, "{text}");
    assert!(text.starts_with("<AssumeRoleResponse ") && text.contains("<AssumeRoleResult>"), "{text}");
    assert_eq!(element(&text, "Arn"), "arn:aws:sts::000000000000:assumed-role/auditor/ada.0123");
    assert_eq!(element(&text, "SourceIdentity"), "ada");
    assert_eq!(element(&text, "PackedPolicySize"), "2");
    let session = scene.registry.find(element(&text, "AccessKeyId")).unwrap();
    assert!((asked.plus_seconds(3_600)..=scene.clock.now().plus_seconds(3_600)).contains(&session.expires), "{}", session.expires);
    assert_eq!(session.source_identity.as_deref(), Some("ada"));
    assert!(scene.can(&session, "s3:GetObject", "arn:aws:s3:::reports/team/plan.txt"));
    assert!(scene.can(&session, "s3:ListBucket", "arn:aws:s3:::reports"));
    assert!(!scene.can(&session, "s3:PutObject", "arn:aws:s3:::reports/team/plan.txt"));
}

#[tokio::test]
async fn policies_see_tags_and_source_identity() {
    let scene = Scene::new();
    let object = "arn:aws:s3:::reports/team/plan.txt";
    let session = scene.session(&[("Tags.member.2.Value", "somebody-else")]).await;
    assert!(!scene.can(&session, "s3:GetObject", object), "the tag has another value");
    let session = scene.session(&[("Tags.member.2.Key", ""), ("Tags.member.2.Value", "")]).await;
    assert!(!scene.can(&session, "s3:GetObject", object), "the tag is missing");
    let session = scene.session(&[("Tags.member.2.Key", "UserName")]).await;
    assert!(scene.can(&session, "s3:GetObject", object), "keys are compared without regard to case");
}

#[tokio::test]
async fn a_session_policy_narrows() {
    let scene = Scene::new();
    let narrow =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/team/*"}]}"#;
    let session = scene.session(&[("Policy", narrow)]).await;
    assert!(scene.can(&session, "s3:GetObject", "arn:aws:s3:::reports/team/plan.txt"));
    assert!(!scene.can(&session, "s3:GetObject", "arn:aws:s3:::reports/archive/x"));
    assert!(!scene.can(&session, "s3:ListBucket", "arn:aws:s3:::reports"));
    let wide = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let session = scene.session(&[("Policy", wide)]).await;
    assert!(!scene.can(&session, "s3:PutObject", "arn:aws:s3:::reports/team/plan.txt"), "a session policy never grants");
    for (changed, code) in [("{}", "MalformedPolicyDocument"), (&*format!("{wide}x"), "MalformedPolicyDocument")] {
        let sent = body(&[("Policy", changed)]);
        scene.refused(draft(&sent).signed(&scene.portal), 400, code, "Syntax errors in policy").await;
    }
}

#[tokio::test]
async fn whoever_cannot_sign_is_nobody() {
    let scene = Scene::new();
    let sent = body(&[]);
    let (id, secret) = (scene.portal.access_key_id.as_str(), scene.portal.secret_access_key.expose());
    let token = || Some(scene.portal.session_token.expose().to_owned());

    scene.refused(draft(&sent).unsigned(), 403, "MissingAuthenticationToken", "").await;
    scene.refused(draft(&sent).signed_with(id, &"x".repeat(40), token()), 403, "SignatureDoesNotMatch", "does not match").await;
    scene.refused(draft(&sent).signed_with("ASIAAAAAAAAAAAAAAAAA", secret, token()), 403, "InvalidClientTokenId", "").await;
    scene.refused(draft(&sent).signed_with(id, secret, None), 403, "InvalidClientTokenId", "").await;
    let other = somebody(&scene, ANALYST);
    let borrowed = Some(other.session_token.expose().to_owned());
    scene.refused(draft(&sent).signed_with(id, secret, borrowed), 403, "InvalidClientTokenId", "").await;

    for (service, region) in [("s3", "eu-west-1"), ("lambda", "eu-west-1"), ("sts", "us-east-1")] {
        let elsewhere = Draft { service, region, ..draft(&sent) };
        // A signature for S3 names the body's hash in a header; all are refused for their scope.
        scene.refused(elsewhere.signed(&scene.portal), 403, "SignatureDoesNotMatch", "Credential should be scoped").await;
    }
    for (skew, message) in [(-301, "Signature expired"), (301, "Signature not yet current")] {
        scene.refused(Draft { skew, ..draft(&sent) }.signed(&scene.portal), 403, "SignatureDoesNotMatch", message).await;
    }
    scene.clock.turn(3_601);
    let late = Draft { skew: 3_601, ..draft(&sent) };
    scene.refused(late.signed(&scene.portal), 403, "ExpiredToken", "expired").await;
}

#[tokio::test]
async fn a_signed_request_cannot_be_changed_on_its_way() {
    let scene = Scene::new();
    let narrow =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/team/*"}]}"#;
    let signed = draft(&body(&[("Policy", narrow)])).signed(&scene.portal);
    for changes in [
        &[][..],
        &[("Policy", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#)],
        &[("Policy", narrow), ("SourceIdentity", "eve")],
        &[("Policy", narrow), ("RoleSessionName", "eve.0123")],
        &[("Policy", narrow), ("Tags.member.1.Value", "eve")],
    ] {
        let mut tampered = Request::post("/");
        *tampered.headers_mut().unwrap() = signed.headers().clone();
        let tampered = tampered.body(Body::from(body(changes))).unwrap();
        scene.refused(tampered, 403, "SignatureDoesNotMatch", "does not match").await;
    }
    assert_eq!(scene.ask(signed).await.0, 200, "as it was signed it passes");
}

#[tokio::test]
async fn both_sides_have_to_allow_every_part_of_it() {
    let scene = Scene::new();
    let sent = body(&[]);
    // A principal whom the role does not trust, however much its own policy allows.
    let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let foreign = somebody(&scene, everything);
    let refused = "User: arn:aws:sts::000000000000:assumed-role/analyst/ada.trial is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/auditor";
    scene.refused(draft(&sent).signed(&foreign), 403, "AccessDenied", refused).await;
    // A person with the portal's credentials for people.
    scene.refused(draft(&sent).signed(&somebody(&scene, ANALYST)), 403, "AccessDenied", "sts:AssumeRole").await;
    // Roles that trust tokens, and roles that are not there, are all the same.
    for role in ["analyst", "reader", "portal", "nobody"] {
        let sent = body(&[("RoleArn", &format!("arn:aws:iam::000000000000:role/{role}"))]);
        scene
            .refused(
                draft(&sent).signed(&scene.portal),
                403,
                "AccessDenied",
                &format!("sts:AssumeRole on resource: arn:aws:iam::000000000000:role/{role}"),
            )
            .await;
    }
    // The trust policy wants to know whose session it is.
    for missing in ["SourceIdentity", "Tags.member.1.Key"] {
        let mut changes = vec![(missing, "")];
        if missing != "SourceIdentity" {
            changes.extend([("Tags.member.1.Value", ""), ("Tags.member.2.Key", ""), ("Tags.member.2.Value", "")]);
        }
        let sent = body(&changes);
        scene.refused(draft(&sent).signed(&scene.portal), 403, "AccessDenied", "sts:AssumeRole").await;
    }
}

/// The caller's own role without one of the actions.
#[tokio::test]
async fn each_action_is_asked_for_by_itself() {
    let scene = Scene::new();
    for missing in ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] {
        let actions: Vec<&str> =
            ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"].into_iter().filter(|a| *a != missing).collect();
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": AUDITOR}});
        let portal = scene.registry.issue(crate::sandbox::registry::IssueRequest {
            role: crate::model::names::RoleArn::parse("arn:aws:iam::000000000000:role/portal").unwrap(),
            session_name: crate::model::names::RoleSessionName::parse("task").unwrap(),
            session_policy: None,
            role_policy: crate::sandbox::policy::Policy::parse(&policy.to_string()).unwrap(),
            source_identity: None,
            tags: Vec::new(),
            issued: scene.clock.now(),
            expires: scene.clock.now().plus_seconds(900),
        });
        let sent = body(&[]);
        scene.refused(draft(&sent).signed(&portal), 403, "AccessDenied", &format!("perform: {missing} on resource")).await;
    }
}

#[tokio::test]
async fn whom_a_session_is_of_stays_with_it() {
    let scene = Scene::new();
    let held = scene.registry.issue(crate::sandbox::registry::IssueRequest {
        role: crate::model::names::RoleArn::parse("arn:aws:iam::000000000000:role/portal").unwrap(),
        session_name: crate::model::names::RoleSessionName::parse("task").unwrap(),
        session_policy: None,
        role_policy: crate::sandbox::policy::Policy::parse(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}"#,
        )
        .unwrap(),
        source_identity: Some("eve".to_owned()),
        tags: Vec::new(),
        issued: scene.clock.now(),
        expires: scene.clock.now().plus_seconds(900),
    });
    let sent = body(&[]);
    scene.refused(draft(&sent).signed(&held), 403, "AccessDenied", "sts:SetSourceIdentity").await;
    let sent = body(&[("SourceIdentity", "eve")]);
    assert_eq!(scene.ask(draft(&sent).signed(&held)).await.0, 200);
}

#[tokio::test]
async fn parameters_out_of_range() {
    let scene = Scene::new();
    let (long_name, long_key, long_value) = ("n".repeat(65), "k".repeat(129), "v".repeat(257));
    let chained = "exceeds the 1 hour session limit for roles assumed by role chaining";
    for (changes, code, message) in [
        (&[("DurationSeconds", "3601")][..], "ValidationError", chained),
        (&[("DurationSeconds", "43200")], "ValidationError", chained),
        (&[("DurationSeconds", "43201")], "ValidationError", "less than or equal to 43200"),
        (&[("DurationSeconds", "899")], "ValidationError", "greater than or equal to 900"),
        (&[("SourceIdentity", "a")], "ValidationError", "'sourceIdentity' failed"),
        (&[("SourceIdentity", "a:b")], "ValidationError", "'sourceIdentity' failed"),
        (&[("SourceIdentity", &long_name)], "ValidationError", "'sourceIdentity' failed"),
        (&[("RoleSessionName", "a b")], "ValidationError", "'roleSessionName' failed"),
        (&[("Tags.member.1.Key", "a*")], "ValidationError", "'tags.member' failed"),
        (&[("Tags.member.1.Value", "${aws:userid}")], "ValidationError", "'tags.member' failed"),
        (&[("Tags.member.1.Key", &long_key)], "ValidationError", "'tags.member.key' failed"),
        (&[("Tags.member.1.Value", &long_value)], "ValidationError", "'tags.member.value' failed"),
        (&[("Tags.member.2.Key", "Subject")], "InvalidParameterValue", "Duplicate tag keys"),
        (&[("Tags.member.2.Key", "AWS:x")], "InvalidParameterValue", "reserved"),
        (&[("Tags.member.4.Key", "x"), ("Tags.member.4.Value", "y")], "ValidationError", "does not read these tags"),
        (&[("TransitiveTagKeys.member.1", "subject")], "ValidationError", "does not read these tags"),
        (&[("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")], "ValidationError", "no managed policies"),
    ] {
        let sent = body(changes);
        scene.refused(draft(&sent).signed(&scene.portal), 400, code, message).await;
    }
}

#[tokio::test]
async fn tags_take_space() {
    let scene = Scene::new();
    let names: Vec<(String, String)> = (3..=12).map(|n| (format!("Tags.member.{n}.Key"), format!("Tags.member.{n}.Value"))).collect();
    let (keys, value) = ((3..=12).map(|n| format!("tag-{n}")).collect::<Vec<_>>(), "v".repeat(256));
    let mut changes = Vec::new();
    for ((key_name, value_name), key) in names.iter().zip(&keys) {
        changes.push((key_name.as_str(), key.as_str()));
        changes.push((value_name.as_str(), value.as_str()));
    }
    let sent = body(&changes);
    scene.refused(draft(&sent).signed(&scene.portal), 400, "PackedPolicyTooLarge", "Packed policy consumes 129% of allotted space").await;
}

use super::*;
use proptest::prelude::*;
use serde_json::json;

const OBJECT: &str = "arn:aws:s3:::reports/team/plan.txt";

fn policy(statements: serde_json::Value) -> Result<Policy, PolicyError> {
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn can(policy: &Policy, action: &str, resource: &str) -> bool {
    policy.allows(&Request { action, resource, context: &Context::new() })
}

fn condition_holds(condition: serde_json::Value, context: &Context) -> bool {
    let policy = policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition})).unwrap();
    policy.allows(&Request { action: "s3:ListBucket", resource: "arn:aws:s3:::reports", context })
}

#[test]
fn nothing_is_allowed_by_default() {
    let read =
        policy(json!([{"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::reports/team/*"}])).unwrap();
    assert!(can(&read, "s3:GetObject", OBJECT));
    assert!(can(&read, "S3:getobject", OBJECT), "actions are compared without regard to case");
    assert!(!can(&read, "s3:PutObject", OBJECT));
    assert!(!can(&read, "s3:GetObject", "arn:aws:s3:::reports/other/plan.txt"));
    assert!(!can(&read, "s3:GetObject", "arn:aws:s3:::reports/Team/plan.txt"), "resources are compared exactly");
    assert!(!can(&read, "s3:GetObject", "arn:aws:s3:::reports2/team/plan.txt"));
    assert!(!allows(&[], &Request { action: "s3:GetObject", resource: OBJECT, context: &Context::new() }));
}

#[test]
fn an_explicit_deny_wins_wherever_it_stands() {
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let deny = json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": OBJECT});
    for statements in [json!([allow, deny]), json!([deny, allow])] {
        let policy = policy(statements).unwrap();
        assert!(!can(&policy, "s3:GetObject", OBJECT));
        assert!(can(&policy, "s3:PutObject", OBJECT));
    }
}

#[test]
fn every_policy_must_allow() {
    let wide = policy(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})).unwrap();
    let narrow = policy(json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/team/*"})).unwrap();
    let context = Context::new();
    let get = Request { action: "s3:GetObject", resource: OBJECT, context: &context };
    let put = Request { action: "s3:PutObject", ..get };
    assert!(allows(&[&wide, &narrow], &get) && allows(&[&wide], &put));
    assert!(!allows(&[&wide, &narrow], &put) && !allows(&[&narrow, &wide], &put));
}

#[test]
fn not_action_and_not_resource() {
    let policy =
        policy(json!({"Effect": "Allow", "NotAction": "s3:Delete*", "NotResource": ["arn:aws:s3:::private", "arn:aws:s3:::private/*"]}))
            .unwrap();
    assert!(can(&policy, "s3:GetObject", OBJECT));
    assert!(!can(&policy, "s3:DeleteObject", OBJECT));
    assert!(!can(&policy, "s3:GetObject", "arn:aws:s3:::private/x"));
}

#[test]
fn a_wildcard_does_not_reach_over_a_field_of_the_arn() {
    let echo = "arn:aws:lambda:eu-west-1:000000000000:function:echo";
    let short = policy(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:function:echo"})).unwrap();
    assert!(!can(&short, "lambda:InvokeFunction", echo));
    let policy = policy(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:000000000000:function:e?ho"})).unwrap();
    assert!(can(&policy, "lambda:InvokeFunction", echo));
    assert!(!can(&policy, "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:000000000000:function:echo"));
    assert!(!can(&policy, "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1"));
}

#[test]
fn string_conditions() {
    let team = Context::new().with("s3:prefix", "team/2026/").with("s3:delimiter", "/");
    let root = Context::new().with("s3:prefix", "");
    let none = Context::new();
    let like = json!({"StringLike": {"s3:prefix": ["team/*", "public/*"]}});
    assert!(condition_holds(like.clone(), &team));
    assert!(!condition_holds(like.clone(), &root));
    assert!(!condition_holds(like, &none), "an absent key fails a positive operator");
    assert!(condition_holds(json!({"StringNotLike": {"S3:Prefix": "private/*"}}), &none), "and passes a negated one");
    assert!(!condition_holds(json!({"StringNotLike": {"s3:prefix": ["x", "team/*"]}}), &team));
    assert!(condition_holds(json!({"StringEquals": {"s3:prefix": "", }}), &root));
    assert!(!condition_holds(json!({"StringEquals": {"s3:prefix": "team/*"}}), &team), "no wildcards in StringEquals");
    assert!(condition_holds(json!({"StringEqualsIgnoreCase": {"s3:prefix": "TEAM/2026/"}}), &team));
    assert!(condition_holds(json!({"StringEqualsIfExists": {"s3:prefix": "x"}}), &none));
    assert!(!condition_holds(json!({"StringEqualsIfExists": {"s3:prefix": "x"}}), &team));
    assert!(!condition_holds(json!({"ForAnyValue:StringNotEquals": {"s3:prefix": "x"}}), &none));
    assert!(condition_holds(json!({"ForAllValues:StringEquals": {"s3:prefix": "x"}}), &none));
    assert!(
        !condition_holds(json!({"StringLike": {"s3:prefix": "team/*"}, "StringEquals": {"s3:delimiter": "|"}}), &team),
        "all must hold"
    );
    assert!(condition_holds(json!({"Null": {"s3:prefix": "true"}}), &none));
    assert!(condition_holds(json!({"Null": {"s3:prefix": false}}), &root));
}

#[test]
fn other_conditions() {
    let context = Context::new()
        .with("s3:max-keys", "1000")
        .with("aws:SecureTransport", "false")
        .with("aws:CurrentTime", "2026-11-23T06:32:55Z")
        .with("s3:signatureAge", "a while");
    assert!(condition_holds(json!({"NumericLessThanEquals": {"s3:max-keys": 1000}}), &context));
    assert!(!condition_holds(json!({"NumericLessThan": {"s3:max-keys": "1000"}}), &context));
    assert!(condition_holds(json!({"NumericGreaterThan": {"s3:max-keys": [2000, 10]}}), &context));
    assert!(!condition_holds(json!({"NumericNotEquals": {"s3:max-keys": 1000}}), &context));
    assert!(!condition_holds(json!({"NumericLessThan": {"s3:signatureAge": 1000}}), &context), "not a number");
    assert!(condition_holds(json!({"Bool": {"aws:SecureTransport": "false"}}), &context));
    assert!(!condition_holds(json!({"Bool": {"aws:SecureTransport": true}}), &context));
    assert!(condition_holds(json!({"DateLessThan": {"aws:CurrentTime": "2026-11-23T06:32:56Z"}}), &context));
    assert!(!condition_holds(json!({"DateGreaterThan": {"aws:CurrentTime": 1_795_415_575}}), &context));
}

#[test]
fn what_is_not_known_is_refused() {
    let with = |member: &str, value: serde_json::Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        statement[member] = value;
        policy(statement)
    };
    assert!(with("Sid", json!("x")).is_ok());
    for (member, value) in [
        ("Effect", json!("allow")),
        ("Principal", json!("*")),
        ("Surprise", json!(1)),
        ("Action", json!("GetObject")),
        ("Action", json!("s3:Get Object")),
        ("Action", json!("s3:Get:Object")),
        ("Action", json!([])),
        ("Action", json!(["s3:GetObject", 1])),
        ("NotAction", json!("s3:PutObject")),
        ("Resource", json!("reports/*")),
        ("Resource", json!("arn:aws:s3")),
        ("Resource", json!("arn:aws:s3:::x/${aws:userid}/*")),
        ("Resource", json!([])),
        ("NotResource", json!("*")),
        ("Condition", json!({"StringEquals": {"s3:unheard-of": "x"}})),
        ("Condition", json!({"IpAddress": {"aws:userid": "x"}})),
        ("Condition", json!({"StringSimilar": {"s3:prefix": "x"}})),
        ("Condition", json!({"StringNotNotEquals": {"s3:prefix": "x"}})),
        ("Condition", json!({"NumericNotLessThan": {"s3:max-keys": 1}})),
        ("Condition", json!({"ForSomeValue:StringEquals": {"s3:prefix": "x"}})),
        ("Condition", json!({"StringEquals": {"s3:prefix": []}})),
        ("Condition", json!({"StringEquals": {"s3:prefix": "${aws:userid}"}})),
        ("Condition", json!({"StringLike": {"s3:prefix": "${aws:userid}/*"}})),
        ("Condition", json!({"NumericLessThan": {"s3:max-keys": "many"}})),
        ("Condition", json!({"NumericLessThan": {"s3:max-keys": "inf"}})),
        ("Condition", json!({"Bool": {"aws:SecureTransport": "yes"}})),
        ("Condition", json!({"DateLessThan": {"aws:CurrentTime": "tomorrow"}})),
        ("Condition", json!("x")),
    ] {
        assert!(with(member, value.clone()).is_err(), "{member}: {value}");
    }
    for document in [
        "",
        "[]",
        "null",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Version":"2026-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"},"Extra":1}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:x","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"s3:prefix":"a"},"StringEquals":{"s3:prefix":"b"}}}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"s3:prefix":"a","S3:PREFIX":"b"}}}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}} x"#,
    ] {
        assert!(Policy::parse(document).is_err(), "{document}");
    }
    assert_eq!(Policy::parse(&" ".repeat(MAX_LENGTH + 1)).unwrap_err(), PolicyError::TooLong);
}

#[test]
fn errors_name_the_statement() {
    let fine = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let wrong = json!({"Effect": "Allow", "Action": "nonsense", "Resource": "*"});
    assert_eq!(policy(json!([fine, wrong])).unwrap_err().to_string(), "statement 2 of the policy: \"nonsense\" is not an action");
}

#[test]
fn literal_wildcards_in_keys_can_be_written() {
    let policy = policy(json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/a${*}b/*"})).unwrap();
    assert!(can(&policy, "s3:GetObject", "arn:aws:s3:::b/a*b/c"));
    assert!(!can(&policy, "s3:GetObject", "arn:aws:s3:::b/axb/c"));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let word = prop_oneof![
        Just("Version".to_owned()),
        Just("Statement".to_owned()),
        Just("Effect".to_owned()),
        Just("Allow".to_owned()),
        Just("Action".to_owned()),
        Just("Resource".to_owned()),
        Just("NotResource".to_owned()),
        Just("Condition".to_owned()),
        Just("StringNotLike".to_owned()),
        Just("s3:prefix".to_owned()),
        Just("arn:aws:s3:::${*}é".to_owned()),
        Just("2012-10-17".to_owned()),
        "\\PC{0,12}",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        word.clone().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((word.clone(), inner), 0..6).prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_json_never_panics(document in any_json(), action in "\\PC{0,20}", resource in "\\PC{0,20}") {
        let policies = [Policy::parse(&document.to_string()), policy(document)];
        for policy in policies.iter().flatten() {
            can(policy, &action, &resource);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".*") {
        let _ = Policy::parse(&text);
    }
}

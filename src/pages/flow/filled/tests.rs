use super::super::samples::SAMPLES;
use super::*;
use crate::model::location::Signing;
use crate::model::names::RoleId;
use crate::model::role::Strategy;
use proptest::prelude::*;
use std::process::Command;

/// A role with one location. No part of this is in the files.
fn role(strategy: Strategy, bucket: &str, prefix: &str) -> EntitledRole {
    EntitledRole {
        id: RoleId::parse("auditor").unwrap(),
        title: "Auditor".into(),
        account: None,
        strategy,
        duration_seconds: 900,
        console: false,
        buckets: vec![Location {
            name: bucket.into(),
            region: "eu-north-1".into(),
            endpoint: "https://ledger.s3.eu-north-1.amazonaws.com".into(),
            style: AddressingStyle::Virtual,
            prefix: prefix.into(),
            permissions: vec![Permission::List],
            sign: Signing::Query,
        }],
        functions: Vec::new(),
    }
}

/// Names of what a record tells, but for the strategy and the role.
const TOLD: [&str; 18] = [
    "signer",
    "client",
    "issuer",
    "keys",
    "region",
    "arn",
    "subject",
    "person",
    "claims",
    "tags",
    "pool",
    "provider",
    "principal",
    "logins",
    "own",
    "audience",
    "token",
    "key",
];

/// A record in which every value is this one, and the role's prefix too.
fn all_alike(strategy: &str, value: &str) -> Known {
    let mut rows = vec![Row::new("strategy", strategy), Row::new("role", "auditor"), Row::new("kid", value)];
    rows.extend(TOLD.map(|name| Row::new(name, if name == "claims" { "unit" } else { value })));
    Known::new(rows, Some(role(Strategy::WebIdentity, "ledger", value)))
}

/// Every sample with every strategy.
fn each() -> impl Iterator<Item = (&'static super::super::samples::Sample, &'static str)> {
    SAMPLES.iter().flat_map(|sample| std::iter::once("web-identity").chain(STRATEGIES).map(move |strategy| (sample, strategy)))
}

#[test]
fn a_sample_is_whole_in_its_parts_and_names_steps() {
    for (sample, strategy) in each() {
        assert_eq!(parts(sample.source.base).collect::<String>(), sample.source.base, "{}", sample.file);
        let known = Known::new(vec![Row::new("strategy", strategy)], None);
        let filled = filled(&sample.source, &known);
        let named: Vec<usize> = filled.parts.iter().flat_map(|(steps, _)| steps.clone()).collect();
        assert!(named.contains(&6) && named.contains(&8), "{} {strategy}: {named:?}", sample.file);
        assert!(named.iter().all(|number| (1..=8).contains(number)), "{}: {named:?}", sample.file);
        if strategy == "web-identity" || sample.source.mints.is_none() {
            assert_eq!(filled.text(), sample.source.base, "nothing is known: the file as it stands");
        }
    }
    let named: Vec<Vec<usize>> = parts("a\n  # Steps 3, 4 and 6: x\nb\n// Step 8: y 9\n").map(|part| steps_of(part).collect()).collect();
    assert_eq!(named, [vec![], vec![3, 4, 6], vec![8]]);
}

#[test]
fn a_sample_mints_as_the_strategy_does() {
    let calls: [(&str, [&str; 4], &[&str]); 5] = [
        (
            "web-identity",
            [
                "assume_role_with_web_identity(",
                "assumeRoleWithWebIdentity(",
                "assume_role_with_web_identity()",
                "assume-role-with-web-identity",
            ],
            &["pool", "kms", "sourceIdentity", "PEOPLE"],
        ),
        (
            "assume-role",
            ["assume_role(", "assumeRole(", "assume_role()", "sts assume-role "],
            &["web_identity", "WebIdentity", "pool", "kms", "no-sign-request", "UNSIGNED"],
        ),
        (
            "identity-pool",
            [
                "get_open_id_token_for_developer_identity(",
                "getOpenIdTokenForDeveloperIdentity(",
                "get_open_id_token_for_developer_identity()",
                "get-open-id-token-for-developer-identity",
            ],
            &["get_credentials_for", "getCredentialsFor", "get-credentials-for", "kms"],
        ),
        (
            "identity-pool-enhanced",
            [
                "get_credentials_for_identity(",
                "getCredentialsForIdentity(",
                "get_credentials_for_identity()",
                "get-credentials-for-identity",
            ],
            &["assume_role", "assumeRole", "assume-role", "kms"],
        ),
        ("self-issued", ["kms.sign(", "kms.sign(", ".sign()", "aws kms sign"], &["cognito-identity", "cognitoidentity"]),
    ];
    for (strategy, has, has_not) in calls {
        for (sample, call) in SAMPLES[1..].iter().zip(has) {
            let text = filled(&sample.source, &Known::new(vec![Row::new("strategy", strategy)], None)).text();
            assert!(text.contains(call), "{} {strategy}: {call}", sample.file);
            for other in has_not {
                assert!(!text.contains(other), "{} {strategy}: {other}", sample.file);
            }
        }
    }
}

#[test]
fn every_value_of_the_example_is_replaced_and_what_is_not_known_is_said() {
    for (sample, strategy) in each() {
        let whole = filled(&sample.source, &all_alike(strategy, "of-this-request"));
        assert_eq!(whole.examples, Vec::<&str>::new(), "{} {strategy}", sample.file);
        for example in [
            "111122223333",
            "b1e5c0de",
            "EXAMPLE",
            "eu-west-1",
            "example.com",
            "department",
            "the-kid",
            "login.portal",
            "urn:vestibule",
            "'analyst'",
            "reports",
            "team/",
        ] {
            // In a comment of the page's.
            let is_told = sample.source.mints.is_none() && example == "example.com";
            assert!(is_told || !whole.text().contains(example), "{} {strategy}: {example}", sample.file);
        }
        let nothing = filled(&sample.source, &Known::new(vec![Row::new("strategy", strategy)], None));
        assert!(
            nothing.examples.contains(&"reports") && nothing.examples.contains(&"eu-west-1"),
            "{} {strategy}: {nothing:?}",
            sample.file
        );
    }
    let known = Known::new(Vec::new(), Some(role(Strategy::AssumeRole, "ledger", "2026/")));
    let left = filled(&SAMPLES[4].source, &known);
    assert!(left.text().contains("sts assume-role ") && left.text().contains("--bucket 'ledger' --prefix '2026/'"), "the role's strategy");
    assert!(left.examples.contains(&"arn:aws:iam::111122223333:role/portal-analyst") && !left.examples.contains(&"reports"), "{left:?}");
}

#[test]
fn a_record_of_another_role_fills_nothing() {
    let mut reader = role(Strategy::WebIdentity, "ledger", "");
    reader.id = RoleId::parse("reader").unwrap();
    let known = Known::new(all_alike("assume-role", "of-this-request").rows, Some(reader));
    assert!(!filled(&SAMPLES[4].source, &known).text().contains("of-this-request"));
}

#[test]
fn what_was_put_in_is_no_example() {
    for sample in &SAMPLES {
        let text = filled(&sample.source, &Known::new(Vec::new(), Some(role(Strategy::WebIdentity, "team/", "reports")))).text();
        let [bucket, prefix] = ["team/", "reports"].map(|value| sample.source.writing.write(value));
        assert!(text.find(&bucket) < text.find(&prefix), "{}: {text}", sample.file);
    }
}

#[test]
fn services_elsewhere_are_said_for_the_environment_and_in_the_page() {
    let mut rows = all_alike("assume-role", "x").rows;
    rows.push(Row::new("AWS_ENDPOINT_URL_STS", "https://sts.example.com/a'b"));
    let mut auditor = role(Strategy::AssumeRole, "ledger", "2026/");
    (auditor.buckets[0].style, auditor.buckets[0].endpoint) = (AddressingStyle::Path, "https://s3.example.com".into());
    let known = Known::new(rows, Some(auditor));
    assert_eq!(known.environment().as_deref(), Some(r"export AWS_ENDPOINT_URL_STS='https://sts.example.com/a'\''b'"));
    let page = filled(&SAMPLES[0].source, &known).text();
    let settings = r#"role: "auditor", region: "eu-north-1", bucket: "ledger", prefix: "2026/", endpoint: "https://s3.example.com","#;
    assert!(page.contains(settings), "{page}");
}

/// What `aws` was called with, by a shell that runs the sample. Everything that it answers is one word.
fn called_with(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "").unwrap();
    let stand_in = "aws() { printf '%s\\0' \"$@\" >&3; echo 'a b c'; }\n";
    let run = Command::new("sh").args(["-c", &format!("{stand_in}exec 3>calls\n{text}")]).current_dir(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}\n{text}", String::from_utf8_lossy(&run.stderr));
    let calls = String::from_utf8(std::fs::read(folder.path().join("calls")).unwrap()).unwrap();
    calls.split_terminator('\0').map(str::to_owned).collect()
}

/// Quotes of every kind, what a shell or a compiler would obey, and anything else.
const HOSTILE: &str = "\\PC{0,30}|['\"\\\\`$\\{\\}\n#;&|()a]{1,30}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// By the shell itself: every argument is the value, whole.
    #[test]
    fn a_shell_hands_on_what_was_meant(value in HOSTILE, at in 0_usize..5) {
        let strategy = std::iter::once("web-identity").chain(STRATEGIES).nth(at).unwrap();
        let value = format!("x{value}");
        let calls = called_with(&filled(&SAMPLES[4].source, &all_alike(strategy, &value)).text());
        let listing = calls.iter().position(|argument| argument == "--prefix").unwrap();
        prop_assert_eq!(&calls[listing + 1], &value);
        if strategy != "identity-pool-enhanced" {
            let taking = calls.iter().position(|argument| argument == "--role-arn").unwrap();
            prop_assert_eq!(&calls[taking + 1], &value);
        }
    }

    /// By Python itself: each is a string of the program.
    #[test]
    fn python_reads_what_was_meant(value in HOSTILE, at in 0_usize..5) {
        let strategy = std::iter::once("web-identity").chain(STRATEGIES).nth(at).unwrap();
        let text = filled(&SAMPLES[1].source, &all_alike(strategy, &value)).text();
        let reads = "import ast, sys\nprogram, value = sys.argv[1:]\n\
                     found = sum(isinstance(node, ast.Constant) and node.value == value for node in ast.walk(ast.parse(program)))\n\
                     sys.exit(found < 5)";
        let Ok(run) = Command::new("python3").args(["-c", reads, &text, &value]).output() else { return Ok(()) };
        prop_assert!(run.status.success(), "{}{}", text, String::from_utf8_lossy(&run.stderr));
    }

    /// Nothing but literals differs from the sample with harmless values; the tests of `elsewhere::quote` are about those.
    #[test]
    fn a_value_is_put_in_as_a_literal_and_changes_nothing_else(value in HOSTILE) {
        for (sample, strategy) in each() {
            let written = sample.source.writing.write(&format!("x{value}x"));
            let text = filled(&sample.source, &all_alike(strategy, &format!("x{value}x"))).text();
            let harmless = filled(&sample.source, &all_alike(strategy, "harmless")).text();
            prop_assert_eq!(text.replace(&written, &sample.source.writing.write("harmless")), harmless);
        }
    }
}

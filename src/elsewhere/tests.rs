use super::*;
use crate::model::function::FunctionTarget;
use crate::model::location::{Location, Permission, Signing};
use crate::model::names::RoleId;
use crate::model::role::Strategy;

const KEYS: Keys<'_> =
    Keys { access_key_id: "ASIAEXAMPLE", secret_access_key: "se/cret+'\"\\", session_token: "to$ken`==", expires: "2026-11-28T21:00:00Z" };

fn role(endpoint: &str, style: AddressingStyle, lambda: &str) -> EntitledRole {
    let location = Location {
        name: "reports".into(),
        region: "eu-west-1".into(),
        endpoint: endpoint.into(),
        style,
        prefix: "o'dd \"näme\"/".into(),
        permissions: vec![Permission::List],
        sign: Signing::Query,
    };
    let function = FunctionTarget {
        name: "echo".into(),
        arn: "arn:aws:lambda:eu-central-1:111122223333:function:echo".into(),
        region: "eu-central-1".into(),
        endpoint: lambda.into(),
        qualifiers: Vec::new(),
    };
    EntitledRole {
        id: RoleId::parse("analyst").unwrap(),
        title: "Data\n\"analyst'".into(),
        account: None,
        strategy: Strategy::WebIdentity,
        duration_seconds: 3_600,
        console: false,
        buckets: vec![location],
        functions: vec![function],
    }
}

/// Of AWS.
fn usual() -> Purpose {
    Purpose::of(&role("https://reports.s3.eu-west-1.amazonaws.com", AddressingStyle::Virtual, "https://lambda.eu-central-1.amazonaws.com"))
}

/// Of another implementation.
fn own() -> Purpose {
    Purpose::of(&role("http://127.0.0.1:3002", AddressingStyle::Path, "http://127.0.0.1:3003"))
}

fn text(format: Format, purpose: &Purpose) -> String {
    format.text(KEYS, purpose).unwrap()
}

#[test]
fn endpoints_stand_where_they_are_not_what_every_program_knows() {
    assert_eq!((usual().s3, usual().lambda), (None, None));
    assert_eq!((own().s3.as_deref(), own().lambda.as_deref()), (Some("http://127.0.0.1:3002"), Some("http://127.0.0.1:3003")));
    assert_eq!(usual().region.as_deref(), Some("eu-central-1"), "the home region, where Lambda is");
    for format in Format::ALL {
        assert!(!text(format, &usual()).contains("http"), "{}", text(format, &usual()));
        assert!(text(format, &own()).contains("http://127.0.0.1:3002"), "{format:?}");
    }
}

#[test]
fn variables_for_three_shells() {
    let about = "# Vestibule, role analyst: good until 2026-11-28T21:00:00Z.\n";
    assert_eq!(
        text(Format::Sh, &own()),
        [
            about,
            "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE'\nexport AWS_SECRET_ACCESS_KEY='se/cret+'\\''\"\\'\nexport AWS_SESSION_TOKEN='to$ken`=='\n",
            "export AWS_CREDENTIAL_EXPIRATION='2026-11-28T21:00:00Z'\nexport AWS_REGION='eu-central-1'\n",
            "export AWS_DEFAULT_REGION='eu-central-1'\nexport AWS_ENDPOINT_URL_S3='http://127.0.0.1:3002'\n",
            "export AWS_ENDPOINT_URL_LAMBDA='http://127.0.0.1:3003'\n",
        ]
        .concat()
    );
    let of = |format| text(format, &usual()).lines().map(str::to_owned).collect::<Vec<_>>();
    let (power_shell, fish) = (of(Format::PowerShell), of(Format::Fish));
    assert_eq!((power_shell.len(), fish.len()), (7, 7));
    assert_eq!(power_shell[2], "$env:AWS_SECRET_ACCESS_KEY = 'se/cret+''\"\\'");
    assert_eq!(fish[2], "set -gx AWS_SECRET_ACCESS_KEY 'se/cret+\\'\"\\\\'");
}

#[test]
fn a_profile_has_its_endpoints_in_the_file_that_may_hold_them() {
    let keys = "# ~/.aws/credentials\n# Vestibule, role analyst: good until 2026-11-28T21:00:00Z.\n[vestibule-analyst]\n\
                aws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = se/cret+'\"\\\naws_session_token = to$ken`==\n";
    let config = "\n# ~/.aws/config\n[profile vestibule-analyst]\nregion = eu-central-1\n";
    let services = "services = vestibule-analyst\n\n[services vestibule-analyst]\ns3 =\n  endpoint_url = http://127.0.0.1:3002\n\
                    lambda =\n  endpoint_url = http://127.0.0.1:3003\n";
    assert_eq!(text(Format::Profile, &usual()), [keys, config].concat());
    assert_eq!(text(Format::Profile, &own()), [keys, config, services].concat());
    let bare = Purpose { role: "analyst".into(), ..Purpose::default() };
    assert_eq!(text(Format::Profile, &bare), keys);
}

/// Whole, as a person who pastes them sees them.
#[test]
fn java_and_rust() {
    assert_eq!(text(Format::Java, &own()), include_str!("../tests/cases/elsewhere/ListObjects.java"));
    assert_eq!(text(Format::Rust, &own()), include_str!("../tests/cases/elsewhere/list.rs"));
}

#[test]
fn every_language_names_the_bucket_and_no_title() {
    for (format, bucket) in [
        (Format::Python, r#"paginate(Bucket="reports", Prefix="o'dd \"n\U000000e4me\"/")"#),
        (Format::JavaScript, r#"{ Bucket: "reports", Prefix: "o'dd \"n\u{e4}me\"/" }"#),
        (Format::Java, r#"request.bucket("reports").prefix("o'dd \"n\u00e4me\"/")"#),
        (Format::Rust, r#".bucket("reports").prefix("o'dd \"n\u{e4}me\"/")"#),
    ] {
        assert!(text(format, &own()).contains(bucket), "{}", text(format, &own()));
        assert!(!text(format, &own()).contains("Data"), "{format:?}");
        assert!(text(format, &Purpose::default()).contains("ASIAEXAMPLE"), "{format:?}");
    }
}

#[test]
fn every_place_has_a_value_and_every_condition_a_name() {
    let bare = Purpose { role: "analyst".into(), ..Purpose::default() };
    for template in
        [include_str!("code/python.txt"), include_str!("code/javascript.txt"), include_str!("code/java.txt"), include_str!("code/rust.txt")]
    {
        for line in template.lines() {
            let (condition, line) =
                line.strip_prefix(['+', '-']).and_then(|rest| rest.split_once('|')).map_or((None, line), |(name, line)| (Some(name), line));
            let places = line.split('@').skip(1).step_by(2).filter(|name| !["", "ROLE", "UNTIL"].contains(name));
            for name in places.chain(condition) {
                assert!(value(name, KEYS, &own()).is_some(), "{line}");
            }
        }
    }
    // A value is no place, whatever it is.
    let odd = text(Format::Python, &Purpose { region: Some("@ID@".into()), ..bare });
    assert!(odd.contains("region_name=\"@ID@\",\n"), "{odd}");
}

#[test]
fn what_no_line_can_hold_is_not_written() {
    for keys in [Keys { secret_access_key: "a\nb", ..KEYS }, Keys { session_token: "a\u{1b}", ..KEYS }] {
        assert!(Format::ALL.into_iter().all(|format| format.text(keys, &own()).is_none()));
    }
}

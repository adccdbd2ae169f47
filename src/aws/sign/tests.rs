use super::*;
use crate::aws::request::Method;
use crate::aws::uri::{EncodedPath, Origin, Query, UnsendableKey, browser_path};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use std::path::Path;

fn credentials(id: &str, secret: &str, token: &str) -> Credentials {
    Credentials {
        access_key_id: id.into(),
        secret_access_key: Secret::new(secret),
        session_token: Secret::new(token),
        expiration: Timestamp::from_seconds(4_102_444_800),
    }
}

/// The signature in an `Authorization` header.
fn header_signature(request: &Request) -> &str {
    let (_, authorization) = request.headers().find(|(name, _)| *name == "authorization").unwrap();
    authorization.rsplit_once("Signature=").unwrap().1
}

/// The signature in a URL.
fn query_signature(request: &Request) -> &str {
    request.url().rsplit_once("&X-Amz-Signature=").unwrap().1
}

mod published_suite {
    use super::*;

    struct Case {
        draft: Draft,
        credentials: Credentials,
        region: String,
        service: String,
        sign_body: bool,
        time: Timestamp,
        seconds: u32,
    }

    fn read(folder: &Path, name: &str) -> String {
        std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", folder.display()))
    }

    fn decoded(text: &str) -> String {
        percent_decode_str(text).decode_utf8().unwrap().into_owned()
    }

    fn case(folder: &Path) -> Case {
        let context: serde_json::Value = serde_json::from_str(&read(folder, "context.json")).unwrap();
        let text = read(folder, "request.txt");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let line = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: Vec<(&str, &str)> = lines.map(|line| line.split_once(':').unwrap()).collect();
        let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).unwrap().1;
        let method = match method {
            "GET" => Method::Get,
            "POST" => Method::Post,
            other => panic!("{other}"),
        };
        let path = if path == "/" { EncodedPath::root() } else { browser_path(&decoded(&path[1..])).unwrap() };
        let mut draft = Draft::new(method, Origin::parse(&format!("https://{host}")).unwrap(), path);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            draft.query.push(&decoded(name), &decoded(value));
        }
        for (name, value) in headers.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            draft.headers.push((name.to_ascii_lowercase().leak(), value.to_owned()));
        }
        draft.body = body.into();
        let text = |pointer: &str| context.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        Case {
            draft,
            credentials: credentials(
                &text("/credentials/access_key_id"),
                &text("/credentials/secret_access_key"),
                &text("/credentials/token"),
            ),
            region: text("/region"),
            service: text("/service"),
            sign_body: context["sign_body"].as_bool().unwrap(),
            time: Timestamp::parse_rfc3339(&text("/timestamp")).unwrap(),
            seconds: u32::try_from(context["expiration_in_seconds"].as_u64().unwrap()).unwrap(),
        }
    }

    #[test]
    fn every_folder_gets_its_two_signatures() {
        let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases/sigv4");
        let mut count = 0;
        for entry in std::fs::read_dir(folders).unwrap() {
            let folder = entry.unwrap().path();
            if !folder.is_dir() {
                continue;
            }
            let Case { draft, credentials, region, service, sign_body, time, seconds } = case(&folder);
            let rules = Rules { encode_path_twice: false, content_hash_header: sign_body, query_payload_unsigned: false };
            let scope = Scope { region: &region, service: &service, rules };
            let by_headers = headers(draft.clone(), &credentials, scope, time, Payload::Hashed);
            assert_eq!(header_signature(&by_headers), read(&folder, "header-signature.txt").trim(), "{}", folder.display());
            let by_query = query(draft, &credentials, scope, time, seconds);
            assert_eq!(query_signature(&by_query), read(&folder, "query-signature.txt").trim(), "{}", folder.display());
            count += 1;
        }
        assert_eq!(count, 24);
    }

    /// The suite's paths with dot segments: a browser would send others, so they are refused.
    #[test]
    fn relative_paths_are_refused() {
        for path in ["example/..", "example1/example2/../..", "./", "./example"] {
            assert_eq!(browser_path(path), Err(UnsendableKey::DotSegment), "{path}");
        }
    }

    /// `double-url-encode` of the suite: its string to sign holds this hash.
    #[test]
    fn lambda_encodes_the_path_twice() {
        let arn = "arn:aws:lambda:us-west-2:892717189312:function:my-rusty-fun";
        let path = EncodedPath::of_segments(&["2015-03-31", "functions", arn, "invocations"]).unwrap();
        assert!(path.as_str().contains("/arn%3Aaws%3Alambda%3A"));
        let origin = Origin::parse("https://lambda.us-east-2.amazonaws.com").unwrap();
        let mut canonical = Canonical::new(Method::Post, &path, Scope::lambda("us-east-2").rules.encode_path_twice, &origin);
        canonical.header("x-amz-date", "20210511T154045Z");
        let text = canonical.finish("", &canonical::sha256_hex(b""));
        assert_eq!(
            canonical::sha256_hex(text.as_bytes()),
            "684dbb3c92a8b6b1e452e23e523c1ea941c713a4c13500bb9f3bdad1e19afaf7",
            "{}",
            text.as_str()
        );
    }
}

/// The worked examples of the S3 documentation (sig-v4-header-based-auth, sigv4-query-string-auth).
mod s3_examples {
    use super::*;

    fn draft(method: Method, key: &str) -> Draft {
        let path = if key.is_empty() { EncodedPath::root() } else { browser_path(key).unwrap() };
        Draft::new(method, Origin::parse("https://examplebucket.s3.amazonaws.com").unwrap(), path)
    }

    fn keys() -> Credentials {
        credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "")
    }

    const TIME: Timestamp = Timestamp::from_seconds(1_369_353_600);

    #[test]
    fn signed_in_headers() {
        let mut ranged = draft(Method::Get, "test.txt");
        ranged.headers.push(("range", "bytes=0-9".into()));
        let mut put = draft(Method::Put, "test$file.text");
        put.headers.push(("date", "Fri, 24 May 2013 00:00:00 GMT".into()));
        put.headers.push(("x-amz-storage-class", "REDUCED_REDUNDANCY".into()));
        put.body = b"Welcome to Amazon S3.".into();
        let mut lifecycle = draft(Method::Get, "");
        lifecycle.query = Query::default().with("lifecycle", "");
        let mut list = draft(Method::Get, "");
        list.query = Query::default().with("prefix", "J").with("max-keys", "2");
        for (draft, signature) in [
            (ranged, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            (put, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
            (lifecycle, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (list, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            let request = headers(draft, &keys(), Scope::s3("us-east-1"), TIME, Payload::Hashed);
            assert_eq!(header_signature(&request), signature, "{request:?}");
        }
    }

    #[test]
    fn signed_in_the_query() {
        let request = query(draft(Method::Get, "test.txt"), &keys(), Scope::s3("us-east-1"), TIME, 86_400);
        assert_eq!(
            request.url(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z\
             &X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
        assert_eq!(request.headers().count(), 0);
    }
}

#[test]
fn debug_shows_no_secret() {
    let mut draft = Draft::new(Method::Get, Origin::parse("https://b.s3.example").unwrap(), browser_path("k").unwrap());
    draft.headers.push(("range", "bytes=0-1".into()));
    let keys = credentials("ASIAEXAMPLE", "the-secret-key", "the-session-token");
    for request in [
        query(draft.clone(), &keys, Scope::s3("eu-west-1"), Timestamp::from_seconds(0), 60),
        headers(draft, &keys, Scope::s3("eu-west-1"), Timestamp::from_seconds(0), Payload::Hashed),
    ] {
        let shown = format!("{request:?}");
        assert!(shown.contains("https://b.s3.example/k"), "{shown}");
        for secret in ["the-secret", "the-session", "X-Amz", "Signature", "AWS4"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

/// Byte for byte against AWS's own signer.
mod against_aws_sigv4 {
    use super::*;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4;
    use std::collections::BTreeMap;
    use std::time::{Duration, SystemTime};

    #[derive(Clone, Debug)]
    struct Input {
        lambda: bool,
        method: Method,
        segments: Vec<String>,
        query: Vec<(String, String)>,
        headers: BTreeMap<&'static str, String>,
        body: Vec<u8>,
        credentials: (String, String, String),
        region: String,
        seconds: i64,
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,12}", "[ -~]{0,20}", any::<String>()]
    }

    fn input() -> impl Strategy<Value = Input> {
        let method = prop::sample::select(vec![Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete]);
        let name = prop::sample::select(vec!["range", "content-type", "x-amz-meta-note", "x-amz-copy-source", "if-match", "x-amz-acl"]);
        let keys = ("[A-Z0-9]{16,20}", "[!-~]{1,60}", "[A-Za-z0-9+/=]{0,200}");
        (
            (any::<bool>(), method, prop::collection::vec(text(), 1..4), prop::collection::vec((text(), text()), 0..5)),
            prop::collection::btree_map(name, "[ -~]{0,30}", 0..4),
            (prop::collection::vec(any::<u8>(), 0..100), keys, "[a-z]{2}-[a-z]{4,9}-[1-9]", 0_i64..4_102_444_800),
        )
            .prop_map(|((lambda, method, segments, query), headers, (body, credentials, region, seconds))| Input {
                lambda,
                method,
                segments,
                query,
                headers,
                body,
                credentials,
                region,
                seconds,
            })
    }

    /// The draft, or nothing where no browser could send it.
    fn draft(input: &Input) -> Option<Draft> {
        let path = if input.lambda {
            let segments: Vec<&str> = input.segments.iter().map(String::as_str).filter(|segment| !segment.is_empty()).collect();
            EncodedPath::of_segments(&segments).ok().filter(|path| !path.as_str().is_empty())?
        } else {
            browser_path(&input.segments.join("/")).ok()?
        };
        let mut draft = Draft::new(input.method, Origin::parse("http://127.0.0.1:3002").unwrap(), path);
        for (name, value) in &input.query {
            draft.query.push(name, value);
        }
        draft.headers = input.headers.iter().map(|(name, value)| (*name, value.clone())).collect();
        draft.body.clone_from(&input.body);
        Some(draft)
    }

    /// Signature and what is added, by `aws-sigv4`.
    fn theirs(input: &Input, draft: &Draft, in_query: bool, body: SignableBody<'_>) -> (String, BTreeMap<String, String>) {
        let (id, secret, token) = &input.credentials;
        let identity = aws_credential_types::Credentials::new(id, secret, (!token.is_empty()).then(|| token.clone()), None, "test").into();
        let mut settings = SigningSettings::default();
        if input.lambda {
            settings.percent_encoding_mode = PercentEncodingMode::Double;
        } else {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = if in_query { PayloadChecksumKind::NoHeader } else { PayloadChecksumKind::XAmzSha256 };
        }
        if in_query {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(120));
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&input.region)
            .name(if input.lambda { "lambda" } else { "s3" })
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(input.seconds).unwrap()))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let query: Vec<String> = draft.query.pairs().map(|(name, value)| format!("{name}={value}")).collect();
        let separator = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{separator}{}", draft.origin.as_str(), draft.path.as_str(), query.join("&"));
        let headers = draft.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let request = SignableRequest::new(draft.method.as_str(), url, headers, body).unwrap();
        let (instructions, signature) = sign(request, &params).unwrap().into_parts();
        let added = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let pairs = instructions.params().iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
        (signature, added.chain(pairs).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn in_headers(input in input(), unsigned in any::<bool>()) {
            let Some(draft) = draft(&input) else { return Ok(()) };
            let unsigned = unsigned && !input.lambda;
            let body = if unsigned { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&input.body) };
            let (signature, added) = theirs(&input, &draft, false, body);
            let (id, secret, token) = &input.credentials;
            let scope = if input.lambda { Scope::lambda(&input.region) } else { Scope::s3(&input.region) };
            let payload = if unsigned { Payload::Unsigned } else { Payload::Hashed };
            let given = draft.headers.clone();
            let ours = headers(draft, &credentials(id, secret, token), scope, Timestamp::from_seconds(input.seconds), payload);
            prop_assert_eq!(header_signature(&ours), signature);
            let ours: BTreeMap<String, String> = ours.headers().skip(given.len()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(ours, added);
        }

        #[test]
        fn in_the_query(mut input in input()) {
            if !input.lambda {
                input.body.clear();
            }
            let Some(draft) = draft(&input) else { return Ok(()) };
            let body = if input.lambda { SignableBody::Bytes(&input.body) } else { SignableBody::UnsignedPayload };
            let (signature, added) = theirs(&input, &draft, true, body);
            let (id, secret, token) = &input.credentials;
            let scope = if input.lambda { Scope::lambda(&input.region) } else { Scope::s3(&input.region) };
            let given = draft.query.pairs().count();
            let ours = query(draft, &credentials(id, secret, token), scope, Timestamp::from_seconds(input.seconds), 120);
            prop_assert_eq!(query_signature(&ours), signature);
            let url = url::Url::parse(ours.url()).unwrap();
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs.len(), given + added.len());
            for pair in added {
                prop_assert!(pairs.contains(&pair), "{:?}", pair.0);
            }
        }

        /// What the browser's URL parser makes of the URL is the URL.
        #[test]
        fn the_browser_sends_what_was_signed(input in input()) {
            let Some(draft) = draft(&input) else { return Ok(()) };
            let path = draft.path.clone();
            let (id, secret, token) = &input.credentials;
            let ours = query(draft, &credentials(id, secret, token), Scope::s3(&input.region), Timestamp::from_seconds(input.seconds), 120);
            let url = url::Url::parse(ours.url()).unwrap();
            prop_assert_eq!(url.as_str(), ours.url());
            prop_assert_eq!(url.path(), path.as_str());
        }
    }
}

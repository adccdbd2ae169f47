//! A portal with everything around it.

use crate::balancer::{self, Person};
use crate::captured_log;
use crate::strategies;
use crate::sts::{self, Sts};
use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use url::Url;
use vestibule::model::clock::{Clock, Timestamp};
use vestibule::model::location::{Permission, Signing};
use vestibule::model::names::{RoleArn, RoleId};
use vestibule::model::role::Strategy;
use vestibule::server::config::{self, Config};
use vestibule::server::credentials::Minter;
use vestibule::server::credentials::assume_role::AssumeRole;
use vestibule::server::credentials::web_identity::WebIdentity;
use vestibule::server::http::router;
use vestibule::server::http::site::Site;
use vestibule::server::outside::{Ask, Fetch, FetchError, HttpFetch, Question, Reply, Unanswered};
use vestibule::server::own_identity::OwnIdentity;
use vestibule::server::portal::regions::FindRegion;
use vestibule::server::portal::{Outside, Portal};
use vestibule::server::sessions::SessionStore;
use vestibule::server::sessions::sqlite::SqliteStore;

/// A clock that stands still until it is turned.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The balancer's key server and the pool's JWKS.
#[derive(Default)]
pub(crate) struct Keys(pub(crate) Mutex<Option<FetchError>>);

#[async_trait]
impl Fetch for Keys {
    async fn get(&self, url: &Url, _limit: usize) -> Result<Vec<u8>, FetchError> {
        if let Some(error) = self.0.lock().unwrap().clone() {
            return Err(error);
        }
        match url.as_str() {
            balancer::KEY_URL => Ok(balancer::PUBLIC_KEY.into()),
            balancer::JWKS_URL => Ok(balancer::JWKS.into()),
            _ => Err(FetchError::Status(404)),
        }
    }
}

/// Says `eu-north-1` for every bucket, and counts.
#[derive(Default)]
pub(crate) struct Regions(pub(crate) AtomicUsize);

#[async_trait]
impl FindRegion for Regions {
    async fn region_of(&self, _bucket: &str, _home: &str, _domain: &str) -> Option<String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Some("eu-north-1".to_owned())
    }
}

/// Nobody answers the doctor, once it may go on.
#[derive(Default)]
pub(crate) struct Silence {
    /// Closed by a test that wants to see a doctor at work.
    pub(crate) gate: tokio::sync::Mutex<()>,
}

#[async_trait]
impl Ask for Silence {
    async fn ask(&self, _question: Question) -> Result<Reply, Unanswered> {
        let _open = self.gate.lock().await;
        Err(Unanswered { error: FetchError::Unreachable, cause: "nobody is there".to_owned() })
    }
}

pub(crate) struct World {
    pub(crate) silence: Arc<Silence>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) regions: Arc<Regions>,
    pub(crate) sts: Sts,
    pub(crate) folder: Arc<tempfile::TempDir>,
    pub(crate) portal: Arc<Portal>,
    pub(crate) router: Router,
}

/// An answer, read.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Holds an error to its contract and gives it back.
    pub(crate) fn error(&self, code: &str, status: u16) -> Value {
        let error = self.json();
        assert_eq!((error["code"].as_str(), self.status.as_u16()), (Some(code), status), "{error:#}");
        for member in ["message", "next_step", "reference"] {
            assert!(error[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {error:#}");
        }
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("retry-after"), error["retry_after"].as_u64().map_or(String::new(), |seconds| seconds.to_string()));
        assert!(!self.headers.contains_key("serverfnerror") && !self.headers.contains_key("location"));
        error
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, |store| store).await
    }

    /// With changes to the configuration, and around the store.
    pub(crate) async fn with(
        change: impl FnOnce(&mut Config),
        around: impl FnOnce(Arc<dyn SessionStore>) -> Arc<dyn SessionStore>,
    ) -> Self {
        Self::owning(SharedCredentialsProvider::new(sts::own_credentials()), change, around).await
    }

    /// As [`with`](Self::with), and with this identity of the portal's own.
    pub(crate) async fn owning(
        identity: SharedCredentialsProvider,
        change: impl FnOnce(&mut Config),
        around: impl FnOnce(Arc<dyn SessionStore>) -> Arc<dyn SessionStore>,
    ) -> Self {
        captured_log::capture();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_415_575_250)));
        let (keys, regions, sts) = (Arc::new(Keys::default()), Arc::new(Regions::default()), Sts::start().await);
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let mut config = configuration(&sts.url);
        change(&mut config);
        Self::around(clock, (keys, regions, sts), folder, config, identity, around)
    }

    /// Another portal process beside this one, on the same session store.
    pub(crate) fn beside(&self) -> Self {
        let (clock, keys, regions) = (Arc::clone(&self.clock), Arc::clone(&self.keys), Arc::clone(&self.regions));
        let config = self.portal.config().clone();
        let identity = SharedCredentialsProvider::new(sts::own_credentials());
        Self::around(clock, (keys, regions, self.sts.clone()), Arc::clone(&self.folder), config, identity, |store| store)
    }

    fn around(
        clock: Arc<TestClock>,
        (keys, regions, sts): (Arc<Keys>, Arc<Regions>, Sts),
        folder: Arc<tempfile::TempDir>,
        config: Config,
        identity: SharedCredentialsProvider,
        around: impl FnOnce(Arc<dyn SessionStore>) -> Arc<dyn SessionStore>,
    ) -> Self {
        let store = around(Arc::new(SqliteStore::open(&folder.path().join("vestibule.db"), &*clock).unwrap()));
        let web_identity: Arc<dyn Minter> = Arc::new(WebIdentity::new(&config.aws));
        let own = OwnIdentity::given(&config.aws, identity);
        let assume_role: Arc<dyn Minter> = Arc::new(AssumeRole::new(&config.aws, own));
        let mut minters = HashMap::from([(Strategy::WebIdentity, web_identity), (Strategy::AssumeRole, assume_role)]);
        let issuer = strategies::add(&config, &clock, &mut minters);
        let silence: Arc<Silence> = Arc::default();
        let outside = Outside {
            fetch: Arc::clone(&keys) as Arc<dyn Fetch>,
            ask: Arc::clone(&silence) as Arc<dyn Ask>,
            post: Arc::new(HttpFetch::default()),
            identity: None,
            regions: Arc::clone(&regions) as Arc<dyn FindRegion>,
            store,
            role_policies: None,
            minters,
            issuer,
        };
        let portal = Portal::with(config, Arc::clone(&clock) as Arc<dyn Clock>, outside);
        let router = router::with_site(&portal, Site::at(None, false));
        Self { silence, clock, keys, regions, sts, folder, portal, router }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answered { status: parts.status, headers: parts.headers, body }
    }

    /// A call as a page of the portal makes it, with these headers of the balancer.
    pub(crate) async fn call_with(&self, path: &str, balancer: HeaderMap, body: &str) -> Answered {
        let mut request = Request::post(path).header("content-type", "application/json").header("sec-fetch-site", "same-origin");
        request.headers_mut().unwrap().extend(balancer);
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// A call of this person.
    pub(crate) async fn call(&self, path: &str, person: &Person, body: &str) -> Answered {
        self.call_with(path, person.headers(self.clock.now()), body).await
    }

    /// A page, asked for by this person.
    pub(crate) async fn page(&self, path: &str, balancer: HeaderMap) -> Answered {
        let mut request = Request::get(path).header("accept", "text/html").header("sec-fetch-site", "none");
        request.headers_mut().unwrap().extend(balancer);
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

fn configuration(sts: &Url) -> Config {
    let all = [Permission::List, Permission::Read];
    let bucket = |name: &str, region: Option<&str>, prefix: &str| config::Bucket {
        name: name.to_owned(),
        region: region.map(str::to_owned),
        prefix: prefix.to_owned(),
        permissions: all.to_vec(),
        kms_keys: Vec::new(),
        sign: Signing::Query,
    };
    let role = |id: &str, groups, buckets| config::Role {
        id: RoleId::parse(id).unwrap(),
        title: format!("The {id}"),
        arn: RoleArn::parse(format!("arn:aws:iam::111122223333:role/portal-{id}")).unwrap(),
        strategy: config::RoleStrategy::WebIdentity,
        groups,
        duration_seconds: 3_600,
        cap_to_access_token: false,
        session_policy: config::SessionPolicy::Generate,
        buckets,
        functions: vec![config::Function {
            name: "echo".to_owned(),
            qualifiers: Vec::new(),
            schema: Some(config::FunctionSchema { file: None, json: r#"{"type":"object"}"#.to_owned() }),
        }],
    };
    let group = |name: &str| config::RoleGroups::AnyOf(vec![name.to_owned()]);
    Config {
        web: config::Web {
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: "https://portal.example.com".to_owned(),
            tls: config::Tls::Off,
            trusted_hops: 1,
            signed_out_path: "/bye".to_owned(),
        },
        alb: config::Alb {
            signers: vec![balancer::SIGNER.to_owned()],
            clients: vec![balancer::CLIENT.to_owned()],
            issuer: balancer::ISSUER.to_owned(),
            key_url: None,
            cookie_name: "AWSELBAuthSessionCookie".to_owned(),
            leeway_seconds: 10,
        },
        idp: config::Idp {
            jwks_url: Some(Url::parse(balancer::JWKS_URL).unwrap()),
            access_token: config::AccessTokenKind::Verify,
            groups_from: config::GroupsFrom::AccessToken,
            groups_claim: "cognito:groups".to_owned(),
            admin_groups: vec!["portal-admins".to_owned()],
            logout_url: None,
        },
        aws: config::Aws {
            region: "eu-west-1".to_owned(),
            sts_endpoint: Some(sts.clone()),
            s3_endpoint: None,
            lambda_endpoint: None,
            signin_endpoint: None,
        },
        identity_pool: None,
        self_issued: None,
        sessions: config::Sessions { store: config::Store::Sqlite { path: "not used here".into() }, keep_days: 30 },
        revocation: config::Revocation { iam: false, iam_endpoint: None },
        limits: config::Limits { mints_per_minute: 30 },
        log: config::Log { level: config::LogLevel::Info, format: config::LogFormat::Text },
        metrics: config::Metrics { listen: None },
        roles: vec![
            role("analyst", group("analysts"), vec![bucket("reports", Some("eu-west-1"), "team/"), bucket("dotted.name", None, "")]),
            role("department", group("analysts"), vec![bucket("reports", Some("eu-west-1"), "${claim:custom:department}/${subject}/")]),
            role("operator", group("operators"), Vec::new()),
        ],
    }
}

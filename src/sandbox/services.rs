//! The six services, started together and stopped together.

use super::addresses::{Bound, Listeners};
use super::alb::{self, Balancer};
use super::cognito_identity::{self, CognitoIdentity};
use super::hosts::Hosts;
use super::iam;
use super::idp::{self, Provider};
use super::outbound::Outbound;
use super::portal::{CLIENT_ID, COOKIE_NAME, SIGNED_OUT, balancer_arn, configuration, outside};
use super::registry::Registry;
use super::roles::{ROLES, SandboxRole};
use super::sign_in::{self, SignIn};
use super::sts::{Federated, OidcProvider, Sts};
use super::{Endpoints, Options, SandboxError, random};
use crate::model::clock::Clock;
use crate::model::secret::Secret;
use crate::server::http;
use crate::server::portal::Portal;
use crate::server::revocation::role_policies::Iam;
use axum::Router;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Time for requests under way when everything ends.
const GRACE: Duration = Duration::from_secs(2);

/// The running services.
#[derive(Debug)]
pub(super) struct Services {
    tasks: JoinSet<(&'static str, io::Result<()>)>,
    stop: watch::Sender<bool>,
}

/// The services that know who is who.
pub(super) struct Identity {
    /// The balancer's listener.
    pub(super) balancer: Bound,
    /// The portal's address.
    pub(super) portal: SocketAddr,
    /// The identity provider's listener.
    pub(super) idp: Bound,
    /// STS's listener.
    pub(super) sts: Bound,
}

impl Services {
    /// Nothing yet.
    pub(super) fn none() -> Self {
        Self { tasks: JoinSet::new(), stop: watch::Sender::new(false) }
    }

    /// Starts all on their listeners; when this returns, the portal has answered.
    pub(super) async fn start(listeners: Listeners, options: &Options, folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let endpoints = listeners.endpoints();
        let configuration = configuration(&endpoints, listeners.portal.address, folder)?;
        let registry = Arc::new(Registry::new());
        let mut outside = outside(&configuration, &registry, &clock)?;
        // The default chain would look for the developer's own identity, and for one on the network.
        outside.role_policies = Some(Arc::new(Iam::with_client(iam::client(&endpoints.sts, registry.own_key()))));
        let portal = Portal::with(configuration, clock.clone(), outside);
        let mut services = Self::none();
        let Listeners { balancer, portal: Bound { listener, address }, s3, lambda, sts, idp } = listeners;
        services.start_storage(s3, lambda, balancer.address, &registry, options, &clock);
        services.start_identity(Identity { balancer, portal: address, idp, sts }, registry, &endpoints, &clock);
        let stopped = services.stopped();
        services.tasks.spawn(async move { ("the portal", http::serve(portal, listener, stopped).await) });
        // All others answer as soon as they listen. The portal is asked through the balancer, which
        // tries both.
        match Outbound::new().get(&format!("{}/healthz", endpoints.balancer), None).await {
            Ok(answer) if answer.status.is_success() => Ok(services),
            Ok(answer) => Err(SandboxError::Portal(format!("its /healthz answers {}", answer.status))),
            Err(error) => Err(SandboxError::Portal(format!("its /healthz gives {error}"))),
        }
    }

    /// Starts S3 and Lambda over the same buckets.
    pub(super) fn start_storage(
        &mut self,
        s3: Bound,
        lambda: Bound,
        balancer: SocketAddr,
        registry: &Arc<Registry>,
        options: &Options,
        clock: &Arc<dyn Clock>,
    ) {
        let buckets = Arc::new(super::s3::seed(options.objects));
        let origins = origins(balancer);
        let storage = super::s3::S3 {
            buckets: buckets.clone(),
            registry: registry.clone(),
            clock: clock.clone(),
            latency: options.latency,
            allowed_hosts: Hosts::of(s3.address).to_vec(),
            cors_origins: origins.clone(),
        };
        let functions = super::lambda::Lambda {
            buckets,
            registry: registry.clone(),
            clock: clock.clone(),
            allowed_hosts: Hosts::of(lambda.address).to_vec(),
            cors_origins: origins,
            refused: Arc::default(),
        };
        let stopped = self.stopped();
        self.tasks.spawn(async move { ("S3", super::s3::serve(s3.listener, storage, stopped).await) });
        let stopped = self.stopped();
        self.tasks.spawn(async move { ("Lambda", super::lambda::serve(lambda.listener, functions, stopped).await) });
    }

    /// Starts balancer, identity provider, STS and Cognito Identity, which know each other's addresses and secrets.
    pub(super) fn start_identity(&mut self, identity: Identity, registry: Arc<Registry>, endpoints: &Endpoints, clock: &Arc<dyn Clock>) {
        let Identity { balancer, portal, idp, sts } = identity;
        let secret = Secret::new(random::token());
        let origins = origins(balancer.address);
        let behind = |path: &str| origins.iter().map(|origin| format!("{origin}{path}")).collect();
        let client = idp::Client {
            id: CLIENT_ID.to_owned(),
            secret: secret.clone(),
            redirect_uris: behind(alb::CALLBACK),
            logout_uris: behind(SIGNED_OUT),
            resource: endpoints.balancer.clone(),
        };
        let provider = Arc::new(Provider::new(endpoints.idp.clone(), client, clock.clone()));
        let identity_pool = Arc::new(CognitoIdentity::new(registry.clone(), clock.clone()));
        let console = Arc::new(SignIn::new(registry.clone(), clock.clone()));
        let security_tokens = Arc::new(Sts::new(providers(endpoints, &identity_pool), registry, clock.clone()));
        let settings = alb::Settings {
            address: balancer.address,
            portal,
            arn: balancer_arn(),
            issuer: endpoints.idp.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: secret,
            resource: endpoints.balancer.clone(),
            cookie_name: COOKIE_NAME.to_owned(),
            endpoints: endpoints.ready_line(),
        };
        self.serve("the identity provider", idp.listener, provider.router(Hosts::of(idp.address)));
        let hosts = Hosts::of(sts.address);
        self.serve(
            "STS",
            sts.listener,
            cognito_identity::beside(sign_in::beside(security_tokens.router(hosts.clone()), console), identity_pool, hosts),
        );
        self.serve("the balancer", balancer.listener, Arc::new(Balancer::new(settings, clock.clone())).router());
    }

    /// Serves `router` until everything ends.
    pub(super) fn serve(&mut self, service: &'static str, listener: tokio::net::TcpListener, router: Router) {
        let stopped = self.stopped();
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        self.tasks.spawn(async move { (service, axum::serve(listener, router).with_graceful_shutdown(stopped).await) });
    }

    /// Ends when everything is to end.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            // An error means that the sender is gone, and with it everything else.
            let _ = stop.wait_for(|stop| *stop).await;
        }
    }

    /// Waits until a service stops by itself, which none should.
    pub(super) async fn failure(&mut self) -> SandboxError {
        match self.tasks.join_next().await {
            Some(Ok((service, outcome))) => {
                let reason = outcome.map_or_else(|error| error.to_string(), |()| "it ended by itself".to_owned());
                SandboxError::Stopped { service, reason }
            }
            Some(Err(error)) => SandboxError::Stopped { service: "a service", reason: error.to_string() },
            None => SandboxError::Stopped { service: "the sandbox", reason: "no service was started".to_owned() },
        }
    }

    /// Ends everything.
    pub(super) async fn stop(mut self) {
        self.stop.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finished).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// The issuers that the account knows.
fn providers(endpoints: &Endpoints, identity_pool: &CognitoIdentity) -> Vec<OidcProvider> {
    vec![
        OidcProvider {
            federated: Federated::UserPool,
            issuer: endpoints.idp.clone(),
            audiences: vec![endpoints.balancer.clone()],
            known_key: None,
        },
        OidcProvider {
            federated: Federated::Portal,
            issuer: endpoints.balancer.clone(),
            audiences: ROLES.iter().map(SandboxRole::audience).collect(),
            known_key: None,
        },
        identity_pool.provider(),
    ]
}

/// What a person may type to reach the balancer, without a slash at the end.
fn origins(balancer: SocketAddr) -> Vec<String> {
    Hosts::of(balancer).to_vec().iter().map(|host| format!("http://{host}")).collect()
}

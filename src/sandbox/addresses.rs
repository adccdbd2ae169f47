//! Where the six services of the sandbox listen.

use super::SandboxError;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The addresses, as the ready line and `GET /sandbox/endpoints` tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The balancer: what a person opens.
    pub balancer: String,
    /// The portal behind it.
    pub portal: String,
    /// S3.
    pub s3: String,
    /// Lambda.
    pub lambda: String,
    /// STS.
    pub sts: String,
    /// The identity provider.
    pub idp: String,
}

impl Endpoints {
    /// The ready line: `{"ready": {…}}`.
    #[must_use]
    pub fn ready_line(&self) -> String {
        let Self { balancer, portal, s3, lambda, sts, idp } = self;
        // Addresses need no escaping.
        format!(
            r#"{{"ready":{{"balancer":"{balancer}","portal":"{portal}","s3":"{s3}","lambda":"{lambda}","sts":"{sts}","idp":"{idp}"}}}}"#
        )
    }
}

/// One bound address a service, held before the first service starts: either all of the sandbox
/// comes up or none of it.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) balancer: Bound,
    pub(super) portal: Bound,
    pub(super) s3: Bound,
    pub(super) lambda: Bound,
    pub(super) sts: Bound,
    pub(super) idp: Bound,
}

/// A listener and where it listens.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
}

impl Bound {
    /// The URL without a slash at the end.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Listeners {
    /// Binds `listen` and the ports behind it. Port 0 takes any free ones.
    pub(super) async fn bind(listen: SocketAddr, ports: Option<[u16; 5]>) -> Result<Self, SandboxError> {
        if !listen.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(listen));
        }
        let [portal, s3, lambda, sts, idp] = ports.map_or_else(|| ports_after(listen), Ok)?;
        let at = |port| SocketAddr::new(listen.ip(), port);
        Ok(Self {
            balancer: bind("the balancer", listen).await?,
            portal: bind("the portal", at(portal)).await?,
            s3: bind("S3", at(s3)).await?,
            lambda: bind("Lambda", at(lambda)).await?,
            sts: bind("STS", at(sts)).await?,
            idp: bind("the identity provider", at(idp)).await?,
        })
    }

    /// The addresses for others.
    pub(super) fn endpoints(&self) -> Endpoints {
        Endpoints {
            balancer: self.balancer.url(),
            portal: self.portal.url(),
            s3: self.s3.url(),
            lambda: self.lambda.url(),
            sts: self.sts.url(),
            idp: self.idp.url(),
        }
    }
}

fn ports_after(listen: SocketAddr) -> Result<[u16; 5], SandboxError> {
    match listen.port() {
        0 => Ok([0; 5]),
        first @ 1..=65_530 => Ok([first + 1, first + 2, first + 3, first + 4, first + 5]),
        _ => Err(SandboxError::NoRoomBehind(listen)),
    }
}

async fn bind(service: &'static str, address: SocketAddr) -> Result<Bound, SandboxError> {
    let failed = |source| SandboxError::Bind { service, address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn refuses_what_others_can_reach() {
        for listen in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0", "[::ffff:127.0.0.1]:0"] {
            let refused = Listeners::bind(listen.parse().unwrap(), None).await;
            assert!(matches!(refused, Err(SandboxError::NotLoopback(_))), "{listen}");
        }
    }

    #[tokio::test]
    async fn names_the_busy_port_and_lets_go_of_the_rest() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let busy = taken.local_addr().unwrap().port();
        let error = Listeners::bind("127.0.0.1:0".parse().unwrap(), Some([0, 0, 0, busy, 0])).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains(&format!("127.0.0.1:{busy}")) && message.contains("STS"), "{message}");
    }

    #[tokio::test]
    async fn no_room_behind_the_last_ports() {
        let error = Listeners::bind("127.0.0.1:65531".parse().unwrap(), None).await.unwrap_err();
        assert!(matches!(error, SandboxError::NoRoomBehind(_)), "{error}");
    }

    #[test]
    fn the_ready_line_is_one_object() {
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let endpoints =
            Endpoints { balancer: url(3000), portal: url(3001), s3: url(3002), lambda: url(3003), sts: url(3004), idp: url(3005) };
        assert_eq!(
            endpoints.ready_line(),
            r#"{"ready":{"balancer":"http://127.0.0.1:3000","portal":"http://127.0.0.1:3001","s3":"http://127.0.0.1:3002","lambda":"http://127.0.0.1:3003","sts":"http://127.0.0.1:3004","idp":"http://127.0.0.1:3005"}}"#
        );
    }
}

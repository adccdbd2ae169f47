//! The people of the sandbox. Each shows another side of the portal.

/// Somebody who can be signed in.
#[derive(Debug)]
pub struct Persona {
    /// The name in `/sandbox/sign-in?as=…`, and the user name in tokens.
    pub id: &'static str,
    /// The stable subject, in Cognito's form.
    pub subject: &'static str,
    /// Name.
    pub name: &'static str,
    /// Address.
    pub email: &'static str,
    /// Groups.
    pub groups: &'static [&'static str],
    /// One line for the person who picks: what will be seen.
    pub promise: &'static str,
    /// Whether the access token gets an `aud`. Cognito's do only with resource binding.
    pub has_audience: bool,
    /// Life of an access token, in seconds.
    pub access_token_seconds: i64,
    /// Life of the balancer's session, in seconds.
    pub balancer_session_seconds: i64,
}

/// The group whose members administer the portal.
pub const ADMIN_GROUP: &str = "portal-admins";

/// Cognito's default life of an access token.
const AN_HOUR: i64 = 3_600;
/// ALB's default `SessionTimeout`.
const SEVEN_DAYS: i64 = 604_800;

/// Everybody, in the order of the page.
pub static PERSONAS: [Persona; 5] = [
    Persona {
        id: "analyst",
        subject: "a1e5c0de-1111-4a6b-8c3d-5f0e7a9b2c41",
        name: "Amara Okafor",
        email: "amara.okafor@example.com",
        groups: &["analysts"],
        promise: "Reads and writes the team's reports, meets odd key names, invokes functions.",
        has_audience: true,
        access_token_seconds: AN_HOUR,
        balancer_session_seconds: SEVEN_DAYS,
    },
    Persona {
        id: "admin",
        subject: "ad3140de-2222-4b7c-9d4e-6a1f8b0c3d52",
        name: "Ingrid Sand",
        email: "ingrid.sand@example.com",
        groups: &["analysts", ADMIN_GROUP],
        promise: "As the analyst, and administers the portal; some roles have an STS with a fault.",
        has_audience: true,
        access_token_seconds: AN_HOUR,
        balancer_session_seconds: SEVEN_DAYS,
    },
    Persona {
        id: "outsider",
        subject: "0075de40-3333-4c8d-ae5f-7b2a9c1d4e63",
        name: "Olu Bergman",
        email: "olu.bergman@example.com",
        groups: &[],
        promise: "Is signed in but in no group: no role opens, and the page says whom to ask.",
        has_audience: true,
        access_token_seconds: AN_HOUR,
        balancer_session_seconds: SEVEN_DAYS,
    },
    Persona {
        id: "no-audience",
        subject: "40a0d140-4444-4d9e-bf60-8c3b0d2e5f74",
        name: "Noor Haddad",
        email: "noor.haddad@example.com",
        groups: &["analysts"],
        promise: "Has Cognito's default token, without an audience: the portal says what is missing.",
        has_audience: false,
        access_token_seconds: AN_HOUR,
        balancer_session_seconds: SEVEN_DAYS,
    },
    Persona {
        id: "expiring",
        subject: "e3914140-5555-4eaf-8071-9d4c1e3f6085",
        name: "Eli Brandt",
        email: "eli.brandt@example.com",
        groups: &["expiring"],
        promise: "Credentials last 20 seconds, the sign-in 90: renewal and expiry can be watched.",
        has_audience: true,
        access_token_seconds: 30,
        balancer_session_seconds: 90,
    },
];

impl Persona {
    /// The one with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        PERSONAS.iter().find(|persona| persona.id == id)
    }

    /// Whether one of `groups` is among this person's.
    #[must_use]
    pub fn is_in_any(&self, groups: &[&str]) -> bool {
        self.groups.iter().any(|group| groups.contains(group))
    }
}

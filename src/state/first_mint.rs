//! The first mint of a page, asked for by its document while the program is still on its way: AWS takes its time to answer,
//! the browser to load and compile, and neither has to wait for the other.
//!
//! The answer stays where the program's own would be, in this tab's memory, and the program takes it from there with the
//! request that it would have sent. A page that is left before that drops it, as the program drops what it holds: whoever
//! comes back to it may be somebody else.

use super::place::{BrowsePlace, FunctionPlace};
use crate::api;
use crate::browser::fetch::BEGUN;
use crate::model::json::ToJson;
use crate::model::names::RoleId;
use crate::model::viewer::WhoAmI;
use server_fn::ServerFn;

/// A mint that a page begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstMint(RoleId);

impl FirstMint {
    /// Of the page at this address; `None` where it needs no role, or none is the person's.
    #[must_use]
    pub fn of(path: &str, query: &str, who: &WhoAmI) -> Option<Self> {
        let pages = [BrowsePlace::default().href(), FunctionPlace::default().href()];
        let role = who.role(BrowsePlace::parse(query).role.as_ref()).filter(|_| pages.iter().any(|page| page == path))?;
        Some(Self(role.id.clone()))
    }

    /// The script that asks for it.
    #[must_use]
    pub fn script(&self) -> String {
        // Nothing in it can end the script: a role's id has letters, digits and dashes.
        let sent = api::Credentials { role: self.0.clone(), duration_seconds: None };
        let (path, body) = (api::Credentials::PATH, sent.to_json().written());
        format!(
            "{{const path='{path}',body='{body}',stop=new AbortController,answer=fetch(path,{{method:'POST',body,\
             headers:{{'content-type':'application/json',accept:'application/json'}},mode:'same-origin',credentials:'same-origin',\
             redirect:'manual',cache:'no-store',referrerPolicy:'no-referrer',signal:stop.signal}});\
             answer.catch(()=>0);self.{BEGUN}={{path,body,stop,answer}};\
             addEventListener('pagehide',()=>{{stop.abort();delete self.{BEGUN}}},{{once:true}})}}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn who(roles: &[&str]) -> WhoAmI {
        let role =
            |id: &&str| json!({"id": id, "title": id, "strategy": "web-identity", "duration_seconds": 900, "buckets": [], "functions": []});
        let roles: Vec<_> = roles.iter().map(role).collect();
        serde_json::from_value(json!({
            "subject": "s", "email": null, "name": null, "groups": [], "is_admin": false, "roles": roles, "server_now": "2026-01-01T00:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn the_role_of_the_address_or_the_first_is_asked_for_where_one_is_needed() {
        let of = |path, query, roles: &[&str]| FirstMint::of(path, query, &who(roles)).map(|mint| mint.0);
        let role = |id: &str| Some(RoleId::parse(id).unwrap());
        assert_eq!(of("/browse", "", &["a", "b"]), role("a"));
        assert_eq!(of("/browse", "role=b&bucket=x", &["a", "b"]), role("b"));
        assert_eq!(of("/functions", "role=b&name=f", &["a", "b"]), role("b"));
        assert_eq!(of("/browse", "role=c", &["a", "b"]), None, "somebody else's");
        assert_eq!(of("/browse", "role=%27%3C", &["a"]), of("/browse", "", &["a"]), "no id at all");
        assert_eq!(of("/browse", "", &[]), None);
        for path in ["/flow", "/access", "/admin", "/admin/doctor", "/cli", "/signed-out", "/nowhere"] {
            assert_eq!(of(path, "role=a", &["a"]), None, "{path}");
        }
    }

    #[test]
    fn the_script_sends_what_the_program_would() {
        let script = FirstMint::of("/browse", "", &who(&["a-1"])).unwrap().script();
        assert!(script.contains("const path='/api/credentials',body='{\"role\":\"a-1\",\"duration_seconds\":null}'"), "{script}");
        assert!(!script.contains('<'), "{script}");
    }
}

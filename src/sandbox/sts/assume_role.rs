//! `AssumeRoleWithWebIdentity`.

use super::Sts;
use super::answer::Success;
use super::issue::Marks;
use super::parameters::{Parameters, required, within};
use super::refusal::Refusal;
use super::trust::trusts;
use crate::sandbox::form::Form;
use crate::sandbox::roles::SandboxRole;

impl Sts {
    /// Checks the parameters, then the token, then the role's trust, as AWS does, and issues.
    pub(super) async fn assume_role_with_web_identity(&self, form: &Form) -> Result<Success, Refusal> {
        let parameters = Parameters::read(form)?;
        let token = required(form, "WebIdentityToken", "webIdentityToken")?;
        within("webIdentityToken", token, 4, 20_000)?;
        if form.get("ProviderId").is_some() {
            return Err(Refusal::validation("ProviderId is for OAuth 2.0 access tokens of the built-in providers only."));
        }
        let identity = self.verify(token).await?;
        let role = SandboxRole::find(parameters.role_arn).filter(|role| trusts(role, &identity)).ok_or_else(Refusal::not_authorized)?;
        let marks = Marks { source_identity: identity.source_identity.clone(), tags: identity.tags };
        let mut about =
            vec![("Audience", identity.audience), ("Provider", identity.issuer), ("SubjectFromWebIdentityToken", identity.subject)];
        about.extend(identity.source_identity.map(|source| ("SourceIdentity", source)));
        Ok(Success { operation: "AssumeRoleWithWebIdentity", issued: self.issue(role, &parameters, marks).await?, about })
    }
}

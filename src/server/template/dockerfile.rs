//! `vestibule template dockerfile`: the portal as an image that holds nothing else.

use crate::server::config::Config;

/// Where the program is in the image.
pub(super) const PROGRAM: &str = "/vestibule";
/// Where its configuration is.
pub(super) const CONFIGURATION: &str = "/vestibule.toml";
/// Who it runs as: nobody whom the image would have to know by name.
pub(super) const USER: &str = "65532:65532";

/// The Dockerfile, to be built in a checkout with `vestibule.toml` beside it.
#[must_use]
pub(super) fn text(config: &Config) -> String {
    include_str!("Dockerfile")
        .replace("@PROGRAM@", PROGRAM)
        .replace("@CONFIGURATION@", CONFIGURATION)
        .replace("@USER@", USER)
        .replace("@PORT@", &config.web.listen.port().to_string())
}

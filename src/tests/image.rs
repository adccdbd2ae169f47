//! The image that `vestibule template dockerfile` describes: built as it is printed, and started as Fargate and
//! `docker run --read-only --cap-drop ALL` start it. `.dev/test` runs this where buildah can be had, which needs no daemon.
//!
//! The stage that compiles needs an image of Rust from a registry. Its place is taken by what `./.dev/build --deployed` made, by
//! the option that `docker build` has for that too.

use crate::balancer::Person;
use crate::deployed::{Outside, deployed, files, say};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the sessions are kept: in memory, the only place that can be written.
const DATABASE: &str = "/tmp/sessions.db";

/// Images and containers in a folder of their own.
struct Builder(PathBuf);

impl Builder {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("buildah");
        command.arg("--root").arg(self.0.join("images")).arg("--runroot").arg(self.0.join("run")).args(["--storage-driver", "vfs"]);
        command.args(arguments);
        command
    }

    /// What it says when all goes well.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "buildah {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The image of a Dockerfile that comes on standard input, with this folder for its first stage.
    fn build(&self, dockerfile: &str, context: &Path, first: &Path) -> String {
        let first = format!("build={}", first.display());
        let context = context.display().to_string();
        let arguments = [
            "bud",
            "--isolation",
            "chroot",
            "--format",
            "docker",
            "--build-context",
            &first,
            "--file",
            "-",
            "--tag",
            "vestibule",
            &context,
        ];
        let mut child = self.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(dockerfile.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        "localhost/vestibule".to_owned()
    }
}

/// What an image says of itself.
struct Image(Value);

impl Image {
    fn list(&self, name: &str) -> Vec<String> {
        self.0[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// Has a command run in this root as a runtime does: read-only, a folder in memory at `/tmp`, the image's user and
    /// environment, and nothing else.
    fn inside(&self, root: &Path, arguments: &[String]) -> Command {
        const ISOLATE: &str = "mount --bind \"$0\" \"$0\" && mount -t tmpfs -o mode=1777 tmpfs \"$0/tmp\" && \
                               mount -o remount,bind,ro \"$0\" && exec chroot --userspec=\"$1\" \"$0\" \"${@:2}\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "bash", "-c", ISOLATE]).arg(root);
        command.arg(self.0["User"].as_str().unwrap()).args(arguments).env_clear();
        for line in self.list("Env") {
            let (name, value) = line.split_once('=').unwrap();
            command.env(name, value);
        }
        command
    }
}

#[tokio::test]
#[ignore = "needs what `./.dev/build --deployed` makes, root and buildah: `.dev/test` runs it"]
async fn the_printed_dockerfile_makes_an_image_that_mints_on_a_read_only_root() {
    let program = deployed();
    let outside = Outside::new().await;
    let folder = outside.around.folder.path();

    // A checkout with a configuration that nobody else may read, and what its first stage would have made.
    let (checkout, first) = (folder.join("checkout"), folder.join("first"));
    std::fs::create_dir(&checkout).unwrap();
    let configuration = checkout.join("vestibule.toml");
    std::fs::write(&configuration, outside.configuration(DATABASE)).unwrap();
    std::fs::set_permissions(&configuration, PermissionsExt::from_mode(0o600)).unwrap();
    for made in ["etc/ssl/certs", "vestibule/target/deployed", "vestibule/target/site/pkg"] {
        std::fs::create_dir_all(first.join(made)).unwrap();
    }
    std::fs::copy(&program, first.join("vestibule/target/deployed/vestibule")).unwrap();
    std::fs::write(first.join("vestibule/target/site/favicon.svg"), "<svg/>").unwrap();
    std::fs::write(first.join("etc/ssl/certs/ca-certificates.crt"), &outside.roots).unwrap();

    let printed =
        Command::new(env!("CARGO_BIN_EXE_vestibule")).args(["template", "dockerfile", "--config"]).arg(&configuration).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let builder = Builder(folder.join("builder"));
    let name = builder.build(&String::from_utf8(printed.stdout).unwrap(), &checkout, &first);

    let inspected: Value = serde_json::from_str(&builder.says(&["inspect", "--type", "image", &name])).unwrap();
    let image = Image(inspected["Docker"]["config"].clone());
    assert_eq!(image.0["User"], "65532:65532");
    let port = format!("{}/tcp", outside.around.portal.port());
    assert_eq!(image.0["ExposedPorts"].as_object().unwrap().keys().collect::<Vec<_>>(), [&port]);

    let root = PathBuf::from(builder.says(&["mount", &builder.says(&["from", "--pull=never", &name])]));
    let held: BTreeSet<String> = files(&root).into_iter().filter(|file| root.join(file).is_file()).collect();
    let expected = ["etc/ssl/certs/ca-certificates.crt", "site/favicon.svg", "vestibule", "vestibule.toml"];
    assert_eq!(held, expected.map(str::to_owned).into(), "and nothing else");
    let metadata = std::fs::metadata(root.join("vestibule.toml")).unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.uid()), (0o600, 65_532), "for the portal alone");
    let size: u64 = held.iter().map(|file| std::fs::metadata(root.join(file)).unwrap().len()).sum();

    // What every runtime lays into the root that it starts.
    std::fs::create_dir(root.join("tmp")).unwrap();
    std::fs::write(root.join("etc/hosts"), Outside::hosts()).unwrap();
    let before = files(&root);

    let health =
        image.0["Healthcheck"]["Test"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(health[0], "CMD", "no shell is asked for: there is none");
    let healthy = || image.inside(&root, &health[1..]).output().unwrap();
    let down = healthy();
    assert_eq!(down.status.code(), Some(1), "{down:?}");
    assert!(String::from_utf8_lossy(&down.stderr).contains("does not answer"), "{down:?}");

    let start = [image.list("Entrypoint"), image.list("Cmd")].concat();
    // Elsewhere nothing can be written.
    let (code, said) = outside.around.run({
        let mut command = image.inside(&root, &start);
        command.env("VESTIBULE_SESSIONS__PATH", "/sessions.db");
        command
    });
    assert!(code != Some(0) && said.contains("/sessions.db"), "{code:?}: {said}");

    let process = outside.around.started(image.inside(&root, &start), "https").await;
    let up = healthy();
    assert_eq!((up.status.code(), up.stderr.as_slice()), (Some(0), &b""[..]), "{up:?}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!((line("Uid:"), line("Gid:")), (vec!["65532"; 4], vec!["65532"; 4]));
    assert_eq!(line("CapEff:"), ["0000000000000000"]);

    let (status, minted) = process.call("/api/credentials", &Person::analyst(), r#"{"role":"analyst"}"#).await;
    assert_eq!((status, &minted["role"]), (200, &Value::from("analyst")), "{minted:#} {}", process.log());
    assert_eq!(outside.around.sts.asked().len(), 1, "over TLS that the roots in the image vouch for");
    assert_eq!(files(&root), before, "the portal wrote nothing");
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let megabytes = size as f64 / 1e6;
    say(&format!("image of the printed Dockerfile: {megabytes:.1} MB without the site"));
}

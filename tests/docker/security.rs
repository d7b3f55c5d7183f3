//! Guarded sides: who signs in is let in, nobody else, and no password is where others look.

use std::os::unix::fs::PermissionsExt;

use landfall::kafka::KafkaError;
use landfall::model::secret::SecretReference;
use landfall::model::security::{Protocol, Security};
use secrecy::ExposeSecret;

use crate::engine::{self, docker};
use crate::site::{Site, client, wait};

#[test]
fn both_sides_with_tls_and_scram_let_in_who_signs_in_and_nobody_else() {
    if !engine::asked() {
        return;
    }
    let site = Site::up(&["source-security: tls", "target-security: tls"]);
    let address = site.address();
    for (bootstrap, security) in [
        (&address.source, &address.source_security),
        (&address.target, &address.target_security),
    ] {
        assert_eq!(security.protocol, Protocol::SaslSsl);
        assert_eq!(wait(client(bootstrap, security).brokers()), Ok(1));
        refuses_a_wrong_password(&site, bootstrap, security);

        let stranger = Security {
            ca_file: None,
            ..security.clone()
        };
        let error = wait(client(bootstrap, &stranger).brokers()).unwrap_err();
        assert!(matches!(error, KafkaError::Tls { .. }), "{error}");
    }
    // The worker signs in too: it lists no connectors before it has read its topics on the target.
    site.done(&["mock", "load"]);
    nobody_else_sees_a_password(&site);
}

#[test]
fn scram_without_tls_on_the_source_alone() {
    if !engine::asked() {
        return;
    }
    let site = Site::none(&[]);
    site.done(&["mock", "up", "--docker", "--source-security", "scram"]);
    let address = site.address();
    assert_eq!(address.source_security.protocol, Protocol::SaslPlaintext);
    assert_eq!(address.target_security.protocol, Protocol::Plaintext);
    assert_eq!(wait(site.source().brokers()), Ok(1));
    assert_eq!(wait(site.target().brokers()), Ok(1));
    refuses_a_wrong_password(&site, &address.source, &address.source_security);
}

fn refuses_a_wrong_password(site: &Site, bootstrap: &str, security: &Security) {
    site.scene.write("wrong", "not-the-password");
    let file = camino::Utf8PathBuf::from_path_buf(site.scene.path("wrong")).unwrap();
    let wrong = Security {
        password: Some(SecretReference::File(file)),
        ..security.clone()
    };
    let error = wait(client(bootstrap, &wrong).brokers()).unwrap_err();
    assert!(
        matches!(error, KafkaError::AuthenticationFailed { .. }),
        "{error}"
    );
}

/// Not in the engine's description, not in a log, not in the arguments of a process, not in what commands print.
fn nobody_else_sees_a_password(site: &Site) {
    let address = site.address();
    let secret = |security: &Security| {
        let reference = security.password.as_ref().unwrap();
        let secret = reference.local().unwrap().unwrap();
        secret.expose_secret().to_owned()
    };
    let secrets = [secret(&address.source_security), secret(&address.target_security)];
    let mut seen = vec![
        site.done(&["mock", "status", "--output", "json"]).stdout,
        site.scene.read(".landfall/mock/site.json"),
        site.scene.read(".landfall/mock/site.log"),
    ];
    for part in ["-source-1", "-target-1", "-connect"] {
        let container = site.container(part);
        seen.push(docker(&["inspect", &container]));
        seen.push(docker(&["logs", &container]));
        seen.push(docker(&["top", &container, "-eo", "pid,args"]));
    }
    for secret in secrets {
        assert!(seen.iter().all(|text| !text.contains(&secret)));
    }
    for file in ["source.password", "target.password", "admin.password"] {
        let path = site.scene.path(&format!(".landfall/mock/docker/{file}"));
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

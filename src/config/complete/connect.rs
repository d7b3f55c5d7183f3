//! `mirror.connect` with its defaults, and what would break a worker or show a secret.

use std::net::IpAddr;
use std::time::Duration;

use super::Checker;
use super::cluster::in_folder;
use crate::config::Connect;
use crate::config::connect::ConnectLayer;
use crate::config::unit::Time;

const SECRETS_FILE: &str = "/etc/landfall/secrets.properties";
/// MirrorMaker 2 counts most intervals in whole seconds.
const SHORTEST: Duration = Duration::from_secs(1);
/// An alias is part of topic names, which Azure and Kafka bound.
const LONGEST_ALIAS: usize = 60;

/// Completes `mirror.connect`.
pub fn complete(layer: ConnectLayer, checker: &mut Checker<'_>) -> Connect {
    check_rest(&layer, checker);
    let source_alias = alias("source-alias", layer.source_alias, "source", checker);
    let target_alias = alias("target-alias", layer.target_alias, "target", checker);
    checker.check(
        "mirror.connect.target-alias",
        source_alias != target_alias,
        || format!("is `{target_alias}`, the same as `source-alias`; the two sides need two names"),
    );
    let secrets_file = layer.secrets_file.unwrap_or_else(|| SECRETS_FILE.to_owned());
    // Kafka's ConfigTransformer reads `${provider:path:key}`.
    let plain = secrets_file.starts_with('/') && !secrets_file.contains([':', '}', '{', '$', '"', '\\']);
    checker.check("mirror.connect.secrets-file", plain, || {
        format!(
            "is `{secrets_file}`; it must be a whole path on the workers, without `:`, quotes, `$` or braces"
        )
    });
    let ten = Duration::from_secs(10);
    let minute = Duration::from_mins(1);
    Connect {
        url: layer.url,
        username: layer.username,
        password: layer.password.map(|password| in_folder(password, checker)),
        ca_file: layer.ca_file.map(|file| checker.folder.join(file)),
        source_alias,
        target_alias,
        offset_syncs: layer.offset_syncs.unwrap_or_default(),
        flush_interval: interval("flush-interval", layer.flush_interval, ten, checker),
        checkpoint_interval: interval("checkpoint-interval", layer.checkpoint_interval, ten, checker),
        group_sync_interval: interval("group-sync-interval", layer.group_sync_interval, ten, checker),
        topic_refresh: interval("topic-refresh", layer.topic_refresh, minute, checker),
        group_refresh: interval("group-refresh", layer.group_refresh, minute, checker),
        offset_lag_max: lag(layer.offset_lag_max, checker),
        secrets_file,
    }
}

fn lag(given: Option<u64>, checker: &mut Checker<'_>) -> u64 {
    let lag = given.unwrap_or(100);
    let holds = i64::try_from(lag).is_ok();
    checker.check("mirror.connect.offset-lag-max", holds, || {
        format!("is {lag}, above the limit of {}", i64::MAX)
    });
    lag
}

fn interval(key: &str, given: Option<Time>, usual: Duration, checker: &mut Checker<'_>) -> Duration {
    let time = given.map_or(usual, |time| time.0);
    let whole = time.subsec_nanos() == 0
        && time >= SHORTEST
        && time.as_secs() <= u64::from(i32::MAX.unsigned_abs() / 1000);
    checker.check(&format!("mirror.connect.{key}"), whole, || {
        format!(
            "is {} s; it must be whole seconds from 1 s to 24 days",
            time.as_secs_f64()
        )
    });
    time
}

fn alias(key: &str, given: Option<String>, usual: &str, checker: &mut Checker<'_>) -> String {
    let alias = given.unwrap_or_else(|| usual.to_owned());
    let plain = alias
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let holds =
        plain && alias.starts_with(|c: char| c.is_ascii_alphanumeric()) && alias.len() <= LONGEST_ALIAS;
    checker.check(&format!("mirror.connect.{key}"), holds, || {
        format!("is `{alias}`; an alias has 1 to {LONGEST_ALIAS} letters, digits, `-` and `_`, a letter or digit first")
    });
    alias
}

/// The address of the workers and the sign-in there.
fn check_rest(layer: &ConnectLayer, checker: &mut Checker<'_>) {
    let secure = layer
        .url
        .as_deref()
        .is_none_or(|url| check_url(url, layer, checker));
    if layer.password.is_some() {
        checker.need(
            "mirror.connect.username",
            layer.username.as_ref(),
            "the user of `password`",
        );
    }
    if let Some(name) = &layer.username {
        checker.need(
            "mirror.connect.password",
            layer.password.as_ref(),
            "the password of `username`, as `{ env: NAME }`",
        );
        // Basic authentication parts user and password with a colon (RFC 7617).
        checker.check(
            "mirror.connect.username",
            !name.is_empty() && !name.contains(':'),
            || format!("is `{name}`; it must not be empty or hold a `:`"),
        );
    }
    if layer.ca_file.is_some() {
        checker.check("mirror.connect.ca-file", secure, || {
            "needs a `url` that begins with `https://`".to_owned()
        });
    }
}

/// Whether the address is one for TLS; what is wrong with it is told.
fn check_url(url: &str, layer: &ConnectLayer, checker: &mut Checker<'_>) -> bool {
    let at = "mirror.connect.url";
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            checker.check(at, false, || {
                format!("is `{url}`; it must begin with `https://` or `http://`")
            });
            return true;
        }
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = host_and_port(authority);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    let holds = !host.is_empty()
        && host.chars().all(plain)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && !rest.contains(['?', '#', '@', ' ']);
    checker.check(at, holds, || {
        format!("is `{url}`, which is not an address such as `https://10.0.0.4:8083`")
    });
    let clear = !secure && layer.username.is_some() && !is_loopback(host);
    checker.check(at, !clear, || {
        format!("is `{url}`: a password would travel in plain sight; use https, or the near end of a tunnel on this machine")
    });
    secure
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::origin::Origins;
    use crate::config::problem::Problems;

    /// What is wrong with a section, one line each.
    fn problems(layer: ConnectLayer) -> Vec<String> {
        let (origins, mut problems) = (Origins::default(), Problems::default());
        let mut checker = Checker::new(&origins, &mut problems, "env".into());
        complete(layer, &mut checker);
        let told = problems.into_error().to_string();
        told.lines()
            .map(str::to_owned)
            .filter(|line| !line.is_empty())
            .collect()
    }

    fn url(url: &str) -> ConnectLayer {
        ConnectLayer {
            url: Some(url.to_owned()),
            ..ConnectLayer::default()
        }
    }

    fn with_password(layer: ConnectLayer) -> ConnectLayer {
        ConnectLayer {
            username: Some("landfall".into()),
            password: Some(crate::model::secret::SecretReference::Env("P".into())),
            ..layer
        }
    }

    fn holds(layer: ConnectLayer) -> bool {
        let (origins, mut problems) = (Origins::default(), Problems::default());
        complete(layer, &mut Checker::new(&origins, &mut problems, "env".into()));
        problems.is_empty()
    }

    #[test]
    fn an_address_is_http_or_https_with_nothing_but_a_place() {
        for good in [
            "https://10.0.0.4:8083",
            "http://connect.internal:8083/",
            "https://[::1]:8083",
            "https://gateway/connect",
        ] {
            assert!(holds(url(good)), "{good}");
        }
        for bad in [
            "10.0.0.4:8083",
            "https://",
            "https://:8083",
            "ftp://x",
            "https://x:0",
            "https://x:99999",
            "https://user@x",
            "https://x/?a=b",
        ] {
            assert!(!holds(url(bad)), "{bad}");
        }
    }

    #[test]
    fn a_password_travels_over_tls_or_stays_on_this_machine() {
        assert!(holds(with_password(url("https://10.0.0.4:8083"))));
        assert!(holds(with_password(url("http://127.0.0.1:8083"))));
        assert!(holds(with_password(url("http://localhost:8083"))));
        let told = problems(with_password(url("http://10.0.0.4:8083")));
        assert!(
            told[0].contains("a password would travel in plain sight"),
            "{told:?}"
        );
    }

    #[test]
    fn aliases_differ_and_are_plain() {
        let aliases = |source: &str, target: &str| ConnectLayer {
            source_alias: Some(source.to_owned()),
            target_alias: Some(target.to_owned()),
            ..ConnectLayer::default()
        };
        assert!(holds(aliases("shop-1", "azure_2")));
        for (source, target) in [("a", "a"), ("a.b", "c"), ("", "c"), ("-a", "c"), ("a", "b c")] {
            assert!(!holds(aliases(source, target)), "{source} {target}");
        }
    }

    #[test]
    fn intervals_are_whole_seconds() {
        let with = |millis| ConnectLayer {
            flush_interval: Some(Time(Duration::from_millis(millis))),
            ..ConnectLayer::default()
        };
        assert!(holds(with(1000)));
        assert!(!holds(with(0)) && !holds(with(1500)));
    }

    #[test]
    fn a_secrets_file_is_a_path_that_a_reference_can_name() {
        let file = |path: &str| ConnectLayer {
            secrets_file: Some(path.to_owned()),
            ..ConnectLayer::default()
        };
        assert!(holds(file("/run/s.properties")));
        for bad in ["s.properties", "/run/a:b", "/run/a}b"] {
            assert!(!holds(file(bad)), "{bad}");
        }
    }
}

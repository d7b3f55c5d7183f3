//! A genuine worker that answers over TLS only, and only to whom it knows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use landfall::mirror::connect::{ConnectError, Connector, SignIn, Worker};
use secrecy::SecretString;

use crate::engine::{asked, exec};
use crate::site::wait;
use crate::support::Scene;
use crate::workers::{BROKER, Site};

/// The tools of Java make an authority, a certificate for `localhost` and another authority that signed nothing.
const WORKER: &str = r#"
set -eu
cd /tmp
tool() { keytool -keystore "$1.p12" -storetype PKCS12 -storepass changeit -keypass changeit "${@:2}"; }
tool ca -genkeypair -alias ca -keyalg RSA -dname CN=rehearsal -ext bc:c=ca:true -ext ku=keyCertSign
tool other -genkeypair -alias ca -keyalg RSA -dname CN=other -ext bc:c=ca:true -ext ku=keyCertSign
tool worker -genkeypair -alias worker -keyalg RSA -dname CN=localhost
tool worker -certreq -alias worker > request.pem
tool ca -gencert -alias ca -rfc -ext san=dns:localhost -infile request.pem > worker.pem
tool ca -exportcert -alias ca -rfc > ca.pem
tool other -exportcert -alias ca -rfc > other.pem
tool worker -importcert -noprompt -alias ca -file ca.pem
tool worker -importcert -noprompt -alias worker -file worker.pem
echo 'landfall: canary-password' > passwords
cat > jaas <<EOF
KafkaConnect {
  org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="/tmp/passwords";
};
EOF
cat > worker.properties <<EOF
bootstrap.servers=broker:9092
group.id=rest
listeners=https://0.0.0.0:8443
listeners.https.ssl.keystore.location=/tmp/worker.p12
listeners.https.ssl.keystore.type=PKCS12
listeners.https.ssl.keystore.password=changeit
listeners.https.ssl.key.password=changeit
rest.extension.classes=org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension
key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
config.storage.topic=configs
offset.storage.topic=offsets
status.storage.topic=status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
EOF
export LOG_DIR=/tmp/logs KAFKA_HEAP_OPTS=-Xmx256m KAFKA_OPTS=-Djava.security.auth.login.config=/tmp/jaas
exec /opt/kafka/bin/connect-distributed.sh /tmp/worker.properties
"#;

const PATIENCE: Duration = Duration::from_mins(4);

fn sign_in(password: &str) -> SignIn {
    SignIn {
        username: "landfall".to_owned(),
        password: SecretString::from(password),
    }
}

/// A file that the worker's container wrote, on this machine.
fn fetched(site: &Site, scene: &Scene, name: &str) -> Utf8PathBuf {
    let began = Instant::now();
    let text = loop {
        // What is fetched was written before this file.
        let (done, text) = exec(
            &site.container("worker"),
            &["sh", "-c", &format!("test -s /tmp/jaas && cat /tmp/{name}")],
        );
        if done {
            break text;
        }
        assert!(began.elapsed() < PATIENCE, "{text}");
        std::thread::sleep(Duration::from_millis(300));
    };
    scene.write(name, &text);
    Utf8PathBuf::from_path_buf(scene.path(name)).unwrap()
}

#[test]
fn a_worker_behind_tls_and_a_password_is_driven_and_strangers_are_told_why_not() {
    if !asked() {
        return;
    }
    let scene = Scene::new();
    let site = Site::new("rest");
    site.run("broker", &[], BROKER);
    site.run("worker", &["--publish", "127.0.0.1::8443"], WORKER);
    let (authority, other) = (
        fetched(&site, &scene, "ca.pem"),
        fetched(&site, &scene, "other.pem"),
    );
    let address = site
        .published("worker", "8443/tcp")
        .replace("127.0.0.1", "localhost");
    let url = format!("https://{address}");

    let worker = Worker::new(&url, Some(&authority), Some(sign_in("canary-password"))).unwrap();
    let began = Instant::now();
    while let Err(error) = wait(worker.ready()) {
        assert!(began.elapsed() < PATIENCE, "{error:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
    let heartbeat = Connector {
        name: "heartbeat".to_owned(),
        config: BTreeMap::from(
            [
                ("name", "heartbeat"),
                (
                    "connector.class",
                    "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector",
                ),
                ("source.cluster.alias", "here"),
                ("target.cluster.alias", "there"),
                ("source.cluster.bootstrap.servers", "broker:9092"),
                ("target.cluster.bootstrap.servers", "broker:9092"),
                ("heartbeats.topic.replication.factor", "1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        ),
    };
    assert_eq!(wait(worker.validate(&heartbeat)).unwrap(), []);
    assert!(wait(worker.put_config(&heartbeat)).unwrap());
    // A worker lists a connector once it runs.
    let began = Instant::now();
    while !wait(worker.connectors()).unwrap().contains_key("heartbeat") {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(500));
    }
    wait(worker.delete("heartbeat")).unwrap();

    let ask =
        |url: &str, authority, sign_in| wait(Worker::new(url, authority, sign_in).unwrap().connectors());
    let stranger = ask(&url, Some(&authority), None).unwrap_err();
    assert!(
        matches!(stranger, ConnectError::SignIn { status: 401, .. }),
        "{stranger:?}"
    );
    let wrong = ask(&url, Some(&authority), Some(sign_in("canary-wrong"))).unwrap_err();
    assert!(
        matches!(wrong, ConnectError::SignIn { status: 401, .. }),
        "{wrong:?}"
    );
    assert!(!format!("{wrong:?} {wrong}").contains("canary"), "{wrong:?}");
    for trusted in [Some(other.as_path()), None] {
        let unknown = ask(&url, trusted, Some(sign_in("canary-password"))).unwrap_err();
        assert!(format!("{unknown:?}").contains("UnknownIssuer"), "{unknown:?}");
    }
    let misnamed = url.replace("localhost", "127.0.0.1");
    let misnamed = ask(&misnamed, Some(&authority), Some(sign_in("canary-password"))).unwrap_err();
    assert!(
        format!("{misnamed:?}").contains("NotValidForName"),
        "{misnamed:?}"
    );
    let plain = ask(
        &url.replace("https", "http"),
        None,
        Some(sign_in("canary-password")),
    )
    .unwrap_err();
    assert!(!plain.to_string().contains("canary"), "{plain}");
}

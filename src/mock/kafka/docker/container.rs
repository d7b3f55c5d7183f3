//! One container: made stopped, given its files through a pipe, and started with the others.

use super::archive::Archive;
use super::broker::FOLDER;
use super::names::Names;
use super::{DockerError, Engine};

/// What a container is made from.
pub(super) struct Container<'a> {
    pub name: String,
    /// `source`, `target` or `connect`.
    pub role: String,
    pub image: &'a str,
    /// The name of the environment that is rehearsed, if one is known.
    pub environment: Option<&'a str>,
    /// Published on 127.0.0.1: the port there, the port inside.
    pub published: Vec<(u16, u16)>,
    pub heap: &'static str,
    /// A limit of the engine, as `768m`.
    pub memory: &'static str,
    pub command: &'static str,
    /// Files of `/etc/landfall`, by name.
    pub files: Vec<(&'static str, String)>,
}

impl Container<'_> {
    /// Makes it, with its files inside.
    pub async fn create(&self, engine: Engine, names: &Names) -> Result<(), DockerError> {
        let arguments = self.arguments(names);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        engine.run(&arguments).await?;
        let inside = format!("{}:/", self.name);
        engine.feed(&["cp", "-", &inside], &self.archive()).await
    }

    fn arguments(&self, names: &Names) -> Vec<String> {
        let mut all: Vec<String> = vec!["create".into()];
        let mut option = |name: &str, value: String| {
            all.push(format!("--{name}"));
            all.push(value);
        };
        option("name", self.name.clone());
        option("hostname", self.name.clone());
        option("network", names.network());
        option("label", names.label());
        option("label", format!("landfall.role={}", self.role));
        if let Some(environment) = self.environment {
            option("label", format!("landfall.environment={environment}"));
        }
        for (here, inside) in &self.published {
            option("publish", format!("127.0.0.1:{here}:{inside}"));
        }
        option("env", format!("KAFKA_HEAP_OPTS={}", self.heap));
        option(
            "env",
            "KAFKA_JVM_PERFORMANCE_OPTS=-server -XX:+UseSerialGC".into(),
        );
        option("env", "LOG_DIR=/tmp/landfall/logs".into());
        // The user that owns the files of the archive; in Apache Kafka's image it has a name.
        option("user", "1000:1000".into());
        option("memory", self.memory.into());
        option("pids-limit", "2048".into());
        option("log-driver", "json-file".into());
        option("log-opt", "max-size=16m".into());
        option("stop-timeout", "10".into());
        option("entrypoint", "sh".into());
        all.extend([self.image.to_owned(), "-c".into(), self.command.to_owned()]);
        all
    }

    fn archive(&self) -> Vec<u8> {
        let folder = FOLDER.trim_start_matches('/');
        let mut archive = Archive::default();
        archive.folder(&format!("{folder}/"));
        for (name, content) in &self.files {
            archive.file(&format!("{folder}/{name}"), content);
        }
        archive.finish()
    }
}

/// What the engine says of one container.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    pub name: String,
    /// `source`, `target` or `connect`.
    pub role: String,
    /// `running`, `exited`, `created`, `paused` …
    pub state: String,
}

/// Every container of a site, by name.
pub(super) async fn list(engine: Engine, names: &Names) -> Result<Vec<Found>, DockerError> {
    let filter = names.filter();
    let format = "{{.Names}}\t{{.Label \"landfall.role\"}}\t{{.State}}";
    let arguments = ["ps", "--all", "--filter", filter.as_str(), "--format", format];
    let listed = engine.run(&arguments).await?;
    let mut found: Vec<Found> = listed
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t').map(ToOwned::to_owned);
            Some(Found {
                name: fields.next()?,
                role: fields.next()?,
                state: fields.next()?,
            })
        })
        .collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::place::Place;

    #[test]
    fn nothing_of_a_file_is_on_the_command_line_and_every_port_is_loopback() {
        let names = Names::of(&Place::of("/state".into())).unwrap();
        let container = Container {
            name: names.worker(),
            role: "connect".into(),
            image: "image",
            environment: Some("dev"),
            published: vec![(4000, 8083)],
            heap: "-Xmx256m",
            memory: "1g",
            command: "exec true",
            files: vec![("secrets.properties", "canary".into())],
        };
        let line = container.arguments(&names).join(" ");
        assert!(!line.contains("canary"), "{line}");
        assert!(line.contains("--publish 127.0.0.1:4000:8083"), "{line}");
        assert!(line.contains("--label landfall.environment=dev"), "{line}");
    }
}

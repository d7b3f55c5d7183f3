//! Taking away what carries a site's label, and nothing else.

use super::container;
use super::names::Names;
use super::{DockerError, Engine};

/// What `stop` took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Removed {
    pub containers: usize,
    pub networks: usize,
}

/// Removes what carries the site's label.
pub(super) async fn remove(engine: Engine, names: &Names) -> Result<Removed, DockerError> {
    let containers: Vec<String> = container::list(engine, names)
        .await?
        .into_iter()
        .map(|found| found.name)
        .collect();
    if !containers.is_empty() {
        let mut arguments = vec!["rm", "--force", "--volumes"];
        arguments.extend(containers.iter().map(String::as_str));
        engine.run(&arguments).await?;
    }
    let filter = names.filter();
    let listed = engine
        .run(&["network", "ls", "--quiet", "--filter", &filter])
        .await?;
    let networks: Vec<&str> = listed.lines().collect();
    if !networks.is_empty() {
        engine
            .run(&[&["network", "rm"], networks.as_slice()].concat())
            .await?;
    }
    Ok(Removed {
        containers: containers.len(),
        networks: networks.len(),
    })
}

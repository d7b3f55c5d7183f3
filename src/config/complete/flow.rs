//! The mirror, the monitoring, the cut-over and the add-ons, with their defaults.

use std::time::Duration;

use super::Checker;
use crate::config::addon::{Addon, AddonValue};
use crate::config::environment::{Mirror, Monitoring};
use crate::config::layer::{MigrationLayer, MirrorLayer, MonitoringLayer};
use crate::config::migration::{Gates, Migration};
use crate::config::path;
use crate::model::name::TargetName;
use crate::model::resource_id::ResourceId;
use crate::model::units::Lag;

const BUFFER: u64 = 64 << 20;
/// One record of Kafka's usual limit must fit.
const SMALLEST_BUFFER: u64 = 1 << 20;
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_secs(30);
/// 4 cores and 16 GiB: room for some ten tasks. Source: AWS, mirrormaker2-msk-migration, sizing of workers.
const WORKER_SIZE: &str = "Standard_D4s_v5";
const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";

/// Completes `mirror`.
pub fn mirror(layer: MirrorLayer, checker: &mut Checker<'_>) -> Mirror {
    let buffer_bytes = layer.buffer.map_or(BUFFER, |size| size.0);
    let commit_interval = layer.commit_interval.map_or(COMMIT_INTERVAL, |time| time.0);
    let (workers, tasks) = (layer.workers.unwrap_or(2), layer.tasks.unwrap_or(4));
    checker.check("mirror.buffer", buffer_bytes >= SMALLEST_BUFFER, || {
        format!("is {buffer_bytes} bytes, below the least of 1MiB")
    });
    checker.check("mirror.commit-interval", !commit_interval.is_zero(), || {
        "is 0; it must be longer".to_owned()
    });
    checker.check("mirror.workers", workers > 0, || {
        "is 0; it must be at least 1".to_owned()
    });
    checker.check("mirror.tasks", tasks > 0, || {
        "is 0; it must be at least 1".to_owned()
    });
    let worker_size = layer.worker_size.unwrap_or_else(|| WORKER_SIZE.to_owned());
    let plain = worker_size
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    checker.check("mirror.worker-size", plain && worker_size.contains('_'), || {
        format!("is `{worker_size}`; a size of Azure is written as `{WORKER_SIZE}`")
    });
    let mut parameters = layer.parameters.unwrap_or_default().0;
    parameters.retain(|_, value| !value.is_null());
    Mirror {
        engine: layer.engine.unwrap_or_default(),
        buffer_bytes,
        commit_interval,
        workers,
        tasks,
        worker_size,
        runtime: layer.runtime.unwrap_or_default(),
        parameters,
        connect: super::connect::complete(layer.connect.unwrap_or_default(), checker),
    }
}

/// Completes `monitoring`.
pub fn monitoring(layer: MonitoringLayer, checker: &mut Checker<'_>) -> Monitoring {
    let retention_days = layer.retention_days.unwrap_or(30);
    // Source: Azure Monitor Logs, `retentionInDays` of a PerGB2018 workspace.
    checker.check(
        "monitoring.retention-days",
        (30..=730).contains(&retention_days),
        || format!("is {retention_days}; a workspace keeps 30 to 730 days"),
    );
    if let Some(id) = &layer.workspace_id {
        let holds = id.starts_with('/')
            && ResourceId::new(id.as_str())
                .resource_type()
                .eq_ignore_ascii_case(WORKSPACE);
        checker.check("monitoring.workspace-id", holds, || {
            format!("is `{id}`, which is not the full id of a `{WORKSPACE}`")
        });
    }
    let alert_email = layer.alerts.and_then(|alerts| alerts.email);
    if let Some(address) = &alert_email {
        let holds = address
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
        checker.check("monitoring.alerts.email", holds, || {
            format!("is `{address}`, which is not a mail address")
        });
    }
    Monitoring {
        retention_days,
        workspace_id: layer.workspace_id,
        alert_email,
    }
}

/// Completes `migration`.
pub fn migration(layer: MigrationLayer, checker: &mut Checker<'_>) -> Migration {
    let gates = layer.gates.unwrap_or_default();
    let hooks = layer.hooks.unwrap_or_default();
    for (step, command) in &hooks {
        let program = command.first().is_some_and(|program| !program.is_empty());
        checker.check(&path::join("migration.hooks", step), program, || {
            "names no program: write `[\"./hooks/program\", \"argument\"]`".to_owned()
        });
    }
    Migration {
        strategy: layer.strategy.unwrap_or_default(),
        gates: Gates {
            max_lag: Lag(gates.max_lag.unwrap_or(0)),
            quiet: gates.quiet.map_or(QUIET, |time| time.0),
        },
        hooks,
    }
}

/// Completes `addons`.
pub fn addons(addons: Vec<AddonValue>, checker: &mut Checker<'_>) -> Vec<Addon> {
    let addons: Vec<Addon> = addons.into_iter().map(AddonValue::complete).collect();
    for (index, Addon { name, .. }) in addons.iter().enumerate() {
        checker.check("addons", TargetName::parse(name).is_ok(), || {
            format!("names `{name}`; an add-on is named in lower-case letters, digits and hyphens")
        });
        let again = addons.iter().take(index).any(|earlier| earlier.name == *name);
        checker.check("addons", !again, || format!("names `{name}` twice"));
    }
    addons
}

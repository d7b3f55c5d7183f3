//! Changes of what cannot change in place.

use super::{Check, Verdict};
use crate::deploy::changes::{Change, ChangeKind};
use crate::deploy::unit::Unit;

/// Changes of what cannot change in place.
pub(in crate::deploy) fn fixed(units: &[Unit<'_>], changes: &[Change]) -> Vec<Check> {
    let modified = changes.iter().filter(|change| change.kind == ChangeKind::Modify);
    let touched = modified.flat_map(|change| change.delta.iter().map(move |delta| (change, delta)));
    let blocked = touched.filter_map(|(change, delta)| {
        let fixed = units.iter().flat_map(|unit| unit.fixed).find(|fixed| {
            fixed.resource_type.eq_ignore_ascii_case(&change.resource_type) && fixed.property == delta.path
        })?;
        let detail = format!(
            "`{}` cannot change from {} to {} once it exists; {} ({})",
            fixed.property, delta.before, delta.after, fixed.way_out, fixed.source
        );
        Some(Check::new(
            &format!("fixed {}", change.name),
            Verdict::Blocked,
            detail,
        ))
    });
    blocked.collect()
}

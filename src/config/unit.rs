//! Times and sizes as a file writes them: `30s`, `5m`, `64MiB`.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Reader};
use super::node::Node;
use super::over::replaces;
use crate::model::units::multiplied;
pub use crate::model::units::time;

/// A stretch of time: a whole number and `ms`, `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Duration);

/// A number of bytes: a whole number and `B`, `KiB`, `MiB` or `GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

replaces!(Time, Size);

const SIZE_UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

impl Decode for Time {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let found = node.scalar().and_then(time);
        if found.is_none() {
            reader.mismatch(node, at, "a time such as `30s`, `5m` or `1h`");
        }
        found.map(Self)
    }
}

impl Decode for Size {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let size = node.scalar().and_then(|text| multiplied(text, &SIZE_UNITS));
        if size.is_none() {
            reader.mismatch(node, at, "a size such as `512KiB`, `64MiB` or `1GiB`");
        }
        size.map(Self)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A whole number and its unit: `500ms`, `30s`, `5m`, `1h`, `2d`.",
            "pattern": "^[0-9]+ *(ms|s|m|h|d)$"
        })
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A whole number and its unit: `512KiB`, `64MiB`, `1GiB`.",
            "pattern": "^[0-9]+ *(B|KiB|MiB|GiB)$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_needs_its_unit() {
        assert_eq!(time("30s"), Some(Duration::from_secs(30)));
        assert_eq!(time("2 d"), Some(Duration::from_hours(48)));
        assert_eq!(multiplied("64MiB", &SIZE_UNITS), Some(67_108_864));
        for text in [
            "30",
            "s",
            "1.5h",
            "-1s",
            "99999999999999999999s",
            "18446744073709551615d",
            "1 week",
            "é",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}

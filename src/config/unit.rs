//! Times and sizes as a file writes them: `30s`, `5m`, `64MiB`.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Reader};
use super::node::Node;
use super::over::replaces;

/// A stretch of time: a whole number and `ms`, `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Duration);

/// A number of bytes: a whole number and `B`, `KiB`, `MiB` or `GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

replaces!(Time, Size);

const TIME_UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
const SIZE_UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Multiplies the number in front with the unit behind it.
fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// The time that a text such as `30s` or `5m` means.
pub fn time(text: &str) -> Option<Duration> {
    parse(text, &TIME_UNITS).map(Duration::from_millis)
}

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
        let size = node.scalar().and_then(|text| parse(text, &SIZE_UNITS));
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
        assert_eq!(parse("30s", &TIME_UNITS), Some(30_000));
        assert_eq!(parse("2 d", &TIME_UNITS), Some(172_800_000));
        assert_eq!(parse("64MiB", &SIZE_UNITS), Some(67_108_864));
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
            assert_eq!(parse(text, &TIME_UNITS), None, "{text}");
        }
    }
}

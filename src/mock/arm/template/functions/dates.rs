//! Date functions. Times are UTC; a result is written in the manner of its input unless a .NET format asks otherwise.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::{Call, Outcome};

/// `utcNow` without a format, as .NET writes it.
pub const COMPACT: &str = "yyyyMMddTHHmmssZ";
const ISO: &str = "yyyy-MM-ddTHH:mm:ssZ";
const UNIVERSAL: &str = "yyyy-MM-dd HH:mm:ssZ";

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "datetimeadd" => add(call),
        "datetimefromepoch" => from_epoch(call),
        "datetimetoepoch" => call
            .count(1, 1)
            .and_then(|()| parse(call.text(0)?))
            .map(|(time, _)| Value::from(time.as_second())),
        _ => return None,
    })
}

fn add(call: Call<'_>) -> Outcome {
    call.count(2, 3)?;
    let (base, own) = parse(call.text(0)?)?;
    let duration = call.text(1)?;
    let span: Span = duration
        .parse()
        .map_err(|_| format!("'{duration}' is not an ISO 8601 duration"))?;
    let moved = base.to_zoned(TimeZone::UTC).checked_add(span);
    let moved = moved
        .map_err(|_| format!("'{duration}' leads out of the calendar"))?
        .timestamp();
    let format = match call.arguments.get(2) {
        Some(_) => call.text(2)?,
        None => own,
    };
    Ok(Value::from(written(moved, format)))
}

fn from_epoch(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let seconds = call.int(0)?;
    let time = Timestamp::from_second(seconds).map_err(|_| format!("{seconds} s is not in the calendar"))?;
    Ok(Value::from(written(time, ISO)))
}

/// The time, and the format in which it was written.
fn parse(text: &str) -> Result<(Timestamp, &'static str), String> {
    let wrong = || format!("'{text}' is not a date and time");
    if let Ok(time) = DateTime::strptime("%Y%m%dT%H%M%SZ", text) {
        return Ok((utc(time).ok_or_else(wrong)?, COMPACT));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        let own = if text.contains(' ') { UNIVERSAL } else { ISO };
        return Ok((time, own));
    }
    let civil: DateTime = text.parse().map_err(|_| wrong())?;
    Ok((utc(civil).ok_or_else(wrong)?, ISO))
}

fn utc(civil: DateTime) -> Option<Timestamp> {
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Writes a time in a .NET date format: the custom letters, and the standard `u`, `s`, `d` and `o`.
pub fn written(time: Timestamp, format: &str) -> String {
    let custom = match format {
        "u" => UNIVERSAL,
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "d" => "M/d/yyyy",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffZ",
        other => other,
    };
    let civil = time.to_zoned(TimeZone::UTC).datetime();
    let mut text = String::new();
    let mut rest = custom;
    while let Some(letter) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == letter).count() * letter.len_utf8();
        text.push_str(&component(civil, letter, run, &rest[..run]));
        rest = &rest[run..];
    }
    text
}

fn component(civil: DateTime, letter: char, run: usize, literal: &str) -> String {
    let name = |pattern: &str| civil.strftime(pattern).to_string();
    let hour = if civil.hour() % 12 == 0 {
        12
    } else {
        civil.hour() % 12
    };
    match (letter, run) {
        ('y', 1 | 2) => format!("{:02}", civil.year().rem_euclid(100)),
        ('y', _) => format!("{:04}", civil.year()),
        ('M', 1) => civil.month().to_string(),
        ('M', 2) => format!("{:02}", civil.month()),
        ('M', 3) => name("%b"),
        ('M', _) => name("%B"),
        ('d', 1) => civil.day().to_string(),
        ('d', 2) => format!("{:02}", civil.day()),
        ('d', 3) => name("%a"),
        ('d', _) => name("%A"),
        ('H', 1) => civil.hour().to_string(),
        ('H', _) => format!("{:02}", civil.hour()),
        ('h', 1) => hour.to_string(),
        ('h', _) => format!("{hour:02}"),
        ('m', 1) => civil.minute().to_string(),
        ('m', _) => format!("{:02}", civil.minute()),
        ('s', 1) => civil.second().to_string(),
        ('s', _) => format!("{:02}", civil.second()),
        ('f', _) => format!("{:09}", civil.subsec_nanosecond())
            .chars()
            .take(run.min(7))
            .collect(),
        ('t', _) => name("%p"),
        _ => literal.to_owned(),
    }
}

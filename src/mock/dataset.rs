//! Real records to rehearse with: flights and airports of the United States, as Kafka would hold them.
//!
//! `flights` has a record per flight, keyed by airport of departure. `airports` is a compacted topic keyed by code.
//! `flight-status` is a compacted topic with the last delay of each route, and tombstones that end each day.
//! Origin and licence: `dataset/README.md`.

mod load;

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use load::{LoadError, load};

const FLIGHTS: &str = include_str!("dataset/flights.csv");
const AIRPORTS: &str = include_str!("dataset/airports.csv");

/// How many flights also write a status.
const STATUSES: usize = 12_000;

/// A topic of the data set.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    pub name: &'static str,
    pub partitions: i32,
    pub compacted: bool,
}

/// The topics that [`records`] writes to.
pub const TOPICS: [Topic; 3] = [
    Topic {
        name: "flights",
        partitions: 12,
        compacted: false,
    },
    Topic {
        name: "airports",
        partitions: 1,
        compacted: true,
    },
    Topic {
        name: "flight-status",
        partitions: 6,
        compacted: true,
    },
];

/// One record to produce. A value of `None` is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub topic: &'static str,
    pub key: String,
    pub value: Option<String>,
    /// Milliseconds since 1970, UTC: when the flight left, not when the record was written.
    pub timestamp: i64,
    pub headers: Vec<(&'static str, &'static str)>,
}

/// Every record, in the order in which a source would have received it.
pub fn records() -> impl Iterator<Item = Record> {
    airports().chain(flights()).chain(statuses())
}

fn airports() -> impl Iterator<Item = Record> {
    AIRPORTS.lines().skip(1).map(|row| Record {
        topic: "airports",
        key: first_field(row).to_owned(),
        value: Some(row.to_owned()),
        timestamp: milliseconds("2001-01-01 00:00"),
        headers: vec![
            ("columns", "iata,name,city,state,country,latitude,longitude"),
            ("origin", "data.gov"),
        ],
    })
}

fn flights() -> impl Iterator<Item = Record> {
    FLIGHTS
        .lines()
        .skip(1)
        .filter_map(Flight::read)
        .map(|flight| Record {
            topic: "flights",
            key: flight.origin.to_owned(),
            value: Some(flight.row.to_owned()),
            timestamp: milliseconds(flight.date),
            headers: vec![
                ("columns", "date,delay,distance,origin,destination"),
                ("origin", "bts.gov"),
            ],
        })
}

/// The last delay of each route; a tombstone for every route of a day once the day is over.
fn statuses() -> impl Iterator<Item = Record> {
    let mut records = Vec::new();
    let mut today = BTreeSet::new();
    let mut day = "";
    for flight in FLIGHTS.lines().skip(1).filter_map(Flight::read).take(STATUSES) {
        let this_day = flight.date.split(' ').next().unwrap_or_default();
        if this_day != day {
            close(&mut records, &mut today, flight.date);
            day = this_day;
        }
        let route = format!("{}-{}", flight.origin, flight.destination);
        today.insert(route.clone());
        records.push(status(route, Some(flight.delay.to_owned()), flight.date));
    }
    close(&mut records, &mut today, "2001-01-05 00:00");
    records.into_iter()
}

fn close(records: &mut Vec<Record>, routes: &mut BTreeSet<String>, date: &str) {
    records.extend(
        std::mem::take(routes)
            .into_iter()
            .map(|route| status(route, None, date)),
    );
}

fn status(route: String, delay: Option<String>, date: &str) -> Record {
    Record {
        topic: "flight-status",
        key: route,
        value: delay,
        timestamp: milliseconds(date),
        headers: vec![("unit", "minutes")],
    }
}

struct Flight<'a> {
    row: &'a str,
    date: &'a str,
    delay: &'a str,
    origin: &'a str,
    destination: &'a str,
}

impl<'a> Flight<'a> {
    /// Reads `date,delay,distance,origin,destination`.
    fn read(row: &'a str) -> Option<Self> {
        let mut fields = row.split(',');
        let (date, delay) = (fields.next()?, fields.next()?);
        let (_distance, origin) = (fields.next()?, fields.next()?);
        Some(Self {
            row,
            date,
            delay,
            origin,
            destination: fields.next()?,
        })
    }
}

fn first_field(row: &str) -> &str {
    row.split(',').next().unwrap_or_default()
}

/// The files give local times without a zone; they are taken as UTC.
fn milliseconds(date: &str) -> i64 {
    DateTime::strptime("%Y-%m-%d %H:%M", date)
        .ok()
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .map_or(0, |date| date.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_becomes_a_record_with_its_time() {
        let all: Vec<Record> = records().collect();
        let of = |topic: &str| all.iter().filter(|record| record.topic == topic).count();
        assert_eq!(of("flights"), 60_000);
        assert_eq!(of("airports"), 3_376);
        assert!(all.iter().all(|record| record.timestamp >= 978_307_200_000));
        assert!(TOPICS.iter().all(|topic| of(topic.name) > 0));
    }

    #[test]
    fn each_day_ends_with_tombstones() {
        let tombstones = statuses().filter(|record| record.value.is_none()).count();
        let written = statuses().filter(|record| record.value.is_some()).count();
        assert_eq!(written, STATUSES);
        assert!(tombstones > 1000, "{tombstones}");
    }
}

use std::collections::BTreeMap;
use std::time::Duration;

use super::memory::Remembered;
use super::{AlarmKind, Look, Pace, PartitionState as State, Seen, Status, Tracker};
use crate::kafka::{Scan, Topic, TopicId, TopicPartition};
use crate::mirror::Position;

const POLL: Duration = Duration::from_secs(2);
const COMMIT: Duration = Duration::from_secs(5);

/// One partition, looked at every two seconds.
struct Scene {
    tracker: Tracker,
    at: Duration,
    id: Option<TopicId>,
    partitions: i32,
    /// Offsets from which on there is a record; everything else is markers.
    records: Vec<i64>,
    looked_into: usize,
}

fn id(number: i64) -> Option<TopicId> {
    TopicId::from_bits(0, number)
}

impl Scene {
    fn new() -> Self {
        Self::remembering(Remembered::default())
    }

    fn remembering(remembered: Remembered) -> Self {
        Self {
            tracker: Tracker::new(Pace::of(POLL, COMMIT), remembered),
            at: Duration::ZERO,
            id: id(1),
            partitions: 1,
            records: (0..100_000).collect(),
            looked_into: 0,
        }
    }

    fn look(&mut self, position: Option<i64>, start: i64, end: i64) -> Status {
        self.look_at(position.map(Position::at), start, end, end)
    }

    fn look_at(&mut self, position: Option<Position>, start: i64, end: i64, log_end: i64) -> Status {
        let first = Seen {
            position,
            start,
            end,
            log_end,
        };
        let seen = |partition| {
            let seen = if partition == 0 { first } else { Seen::default() };
            (TopicPartition::new("orders", partition), seen)
        };
        self.tracker.look(Look {
            at: self.at,
            topics: vec![Topic {
                name: "orders".into(),
                partitions: self.partitions,
            }],
            ids: self.id.map(|id| ("orders".into(), id)).into_iter().collect(),
            partitions: (0..self.partitions).map(seen).collect(),
        });
        for doubt in self.tracker.doubts() {
            self.looked_into += 1;
            let stretch = doubt.from..doubt.until;
            let found = self
                .records
                .iter()
                .filter(|offset| stretch.contains(offset))
                .count();
            let scan = Scan {
                records: u64::from(found > 0),
                bytes: 100,
                whole: found == 0,
            };
            self.tracker.found(&doubt, scan);
        }
        self.at += POLL;
        self.tracker.status("test", None)
    }

    /// The source has no topic at all.
    fn look_at_nothing(&mut self) -> Status {
        self.tracker.look(Look {
            at: self.at,
            ..Look::default()
        });
        self.at += POLL;
        self.tracker.status("test", None)
    }
}

fn kinds(status: &Status) -> Vec<AlarmKind> {
    status.alarms.iter().map(|alarm| alarm.kind).collect()
}

#[test]
fn one_look_judges_a_position_beside_the_partition() {
    let cases = [
        (None, 5, 5, State::CaughtUp, 0),
        (None, 5, 9, State::NotStarted, 4),
        (Some(7), 5, 9, State::Behind, 2),
        (Some(9), 5, 9, State::CaughtUp, 0),
        (Some(5), 5, 5, State::CaughtUp, 0),
        (Some(4), 5, 9, State::PossiblyLost, 4),
        (Some(12), 0, 9, State::Reset, 9),
    ];
    for (position, start, end, state, lag) in cases {
        let status = Scene::new().look(position, start, end);
        let found = (status.partitions[0].state, status.lag.0);
        assert_eq!(found, (state, lag), "{position:?} {start} {end}");
        assert_eq!(status.caught_up, state == State::CaughtUp);
        let differs = matches!(state, State::PossiblyLost | State::Reset);
        assert_eq!(status.differs(), differs, "{position:?} {start} {end}");
    }
}

/// Edge case a: markers at the end keep the position below the end for ever.
#[test]
fn nothing_but_markers_behind_a_position_that_does_not_move_is_caught_up() {
    let mut scene = Scene::new();
    scene.records = (0..90).collect();
    scene.look(Some(50), 0, 80);
    assert_eq!(
        scene.look(Some(88), 0, 100).partitions[0].state,
        State::Behind,
        "it moves"
    );
    let status = scene.look(Some(90), 0, 100);
    assert_eq!(status.lag.0, 10, "it has just moved: nobody looks yet");
    let status = scene.look(Some(90), 0, 100);
    assert_eq!((status.lag.0, status.partitions[0].markers), (0, 10));
    assert!(status.caught_up && status.alarms.is_empty(), "{status:?}");
    let looked = scene.looked_into;
    scene.look(Some(90), 0, 100);
    assert_eq!(scene.looked_into, looked, "what was looked into is known");
    // Another aborted transaction: only what is new is looked into.
    let status = scene.look(Some(90), 0, 104);
    assert_eq!((status.lag.0, status.partitions[0].markers), (0, 14));
    // And at last a record.
    scene.records.push(104);
    let status = scene.look(Some(90), 0, 106);
    assert_eq!((status.lag.0, status.partitions[0].state), (16, State::Behind));
    assert_eq!(scene.look(Some(105), 0, 106).lag.0, 1);
}

#[test]
fn a_single_look_already_knows_markers_from_records() {
    let mut scene = Scene::new();
    scene.records = (0..90).collect();
    let status = scene.look(Some(90), 0, 95);
    assert_eq!((status.partitions[0].state, status.lag.0), (State::CaughtUp, 0));
    let mut scene = Scene::new();
    assert_eq!(scene.look(Some(90), 0, 95).lag.0, 5);
    // A long way is not looked into: it would be a copy.
    let mut scene = Scene::new();
    scene.records.clear();
    assert_eq!(scene.look(Some(0), 0, 50_000).lag.0, 50_000);
    assert_eq!(scene.looked_into, 0);
}

/// Edge case a, at a partition that was never mirrored: all its transactions were aborted.
#[test]
fn a_partition_with_aborted_records_alone_needs_no_position() {
    let mut scene = Scene::new();
    scene.records.clear();
    let status = scene.look(None, 0, 6);
    assert_eq!(
        (status.partitions[0].state, status.partitions[0].markers),
        (State::CaughtUp, 6)
    );
}

/// Edge case b: an entry appears with the first record.
#[test]
fn a_partition_without_an_entry_is_drained_when_it_is_empty() {
    let mut scene = Scene::new();
    assert!(scene.look(None, 0, 0).caught_up);
    assert!(scene.look(None, 40, 40).caught_up, "emptied by retention");
    let status = scene.look(None, 40, 43);
    assert_eq!((status.partitions[0].state, status.lag.0), (State::NotStarted, 3));
    assert!(scene.look(Some(43), 40, 43).caught_up);
}

/// Edge case c: what may be lost stays known after the mirror has gone on behind it.
#[test]
fn a_loss_is_not_forgotten_when_the_mirror_goes_on() {
    let mut scene = Scene::new();
    scene.look(Some(100), 0, 200);
    let status = scene.look(Some(100), 150, 200);
    assert_eq!(
        (status.partitions[0].state, status.lag.0, status.possibly_lost),
        (State::PossiblyLost, 50, 50)
    );
    assert_eq!(
        status.alarms[0].text,
        "`orders` partition 0: possibly lost 50 offsets: the source deleted them before they were copied (markers and \
         compacted records count too)"
    );
    // Retention goes on, and the mirror with it.
    assert_eq!(scene.look(Some(100), 160, 220).possibly_lost, 60);
    let status = scene.look(Some(220), 160, 220);
    assert_eq!(
        (status.partitions[0].state, status.possibly_lost, status.caught_up),
        (State::CaughtUp, 60, true)
    );
    assert_eq!(kinds(&status), [AlarmKind::PossiblyLost]);
    // A second loss is added to the first.
    assert_eq!(scene.look(Some(220), 225, 300).possibly_lost, 65);
}

#[test]
fn retention_behind_the_position_is_no_loss() {
    let mut scene = Scene::new();
    scene.look(Some(100), 0, 200);
    let status = scene.look(Some(150), 150, 200);
    assert!(!status.differs(), "{status:?}");
}

/// Edge case d: what the caller knows of other topics does not appear.
#[test]
fn only_topics_of_the_source_are_told() {
    let mut scene = Scene::new();
    let place = TopicPartition::new("removed-long-ago", 0);
    scene.tracker.look(Look {
        partitions: BTreeMap::from([(TopicPartition::new("orders", 0), Seen::default())]),
        topics: vec![Topic {
            name: "orders".into(),
            partitions: 1,
        }],
        ..Look::default()
    });
    let status = scene.tracker.status("test", None);
    assert!(
        status
            .partitions
            .iter()
            .all(|partition| partition.topic != place.topic)
    );
    assert!(status.alarms.is_empty());
}

#[test]
fn a_topic_that_was_made_anew_is_noticed_whatever_its_end() {
    for (end, position) in [(10, 100), (100, 100), (500, 100)] {
        let mut scene = Scene::new();
        scene.look(Some(100), 0, 100);
        scene.id = id(2);
        let status = scene.look(Some(position), 0, end);
        assert_eq!(status.partitions[0].state, State::Reset, "end {end}");
        assert!(kinds(&status).contains(&AlarmKind::Recreated), "end {end}");
        // An engine that goes on copying does not heal it.
        let status = scene.look(Some(end), 0, end);
        assert!(status.differs() && !status.caught_up, "end {end}");
    }
}

#[test]
fn the_id_that_a_position_carries_knows_more_than_the_memory() {
    let position = |id| {
        Some(Position {
            source: 5,
            target: Some(5),
            topic_id: id,
        })
    };
    let mut scene = Scene::new();
    scene.id = id(2);
    let status = scene.look_at(position(id(1)), 0, 5, 5);
    assert_eq!(kinds(&status), [AlarmKind::Recreated], "at first sight");
    let status = scene.look_at(position(id(2)), 0, 5, 5);
    assert!(status.caught_up, "begun anew: {status:?}");
    // Where nobody tells ids there is no alarm.
    scene.id = None;
    assert!(scene.look_at(position(id(2)), 0, 5, 5).caught_up);
}

#[test]
fn an_acknowledged_topic_is_what_it_is_now() {
    let mut scene = Scene::new();
    scene.look(Some(5), 0, 5);
    scene.id = id(2);
    assert!(scene.look(Some(5), 0, 5).differs());
    assert_eq!(scene.tracker.to_remember().topics["orders"].id, id(1));
    scene.tracker.acknowledge();
    assert!(scene.look(Some(5), 0, 5).caught_up);
    assert_eq!(scene.tracker.to_remember().topics["orders"].id, id(2));
}

#[test]
fn what_an_earlier_process_saw_counts() {
    let mut earlier = Scene::new();
    earlier.look(Some(100), 150, 200);
    let mut scene = Scene::remembering(earlier.tracker.to_remember());
    scene.id = id(2);
    let status = scene.look(Some(200), 150, 200);
    assert_eq!(kinds(&status), [AlarmKind::PossiblyLost, AlarmKind::Recreated]);
    assert_eq!(status.possibly_lost, 50);
    let mut scene = Scene::remembering(earlier.tracker.to_remember());
    assert_eq!(
        scene.look(Some(100), 150, 200).possibly_lost,
        50,
        "the same loss is not counted twice"
    );
    let mut scene = Scene::remembering(earlier.tracker.to_remember());
    assert_eq!(kinds(&scene.look_at_nothing()), [AlarmKind::TopicGone]);
}

#[test]
fn an_engine_that_reads_open_transactions_may_be_ahead_of_the_committed_end() {
    let mut scene = Scene::new();
    let status = scene.look_at(Some(Position::at(12)), 0, 9, 14);
    assert!(status.caught_up && !status.differs(), "{status:?}");
    let status = scene.look_at(Some(Position::at(15)), 0, 9, 14);
    assert_eq!(kinds(&status), [AlarmKind::Reset]);
}

#[test]
fn a_position_that_moves_back_is_told() {
    let mut scene = Scene::new();
    scene.look(Some(100), 0, 200);
    let status = scene.look(Some(40), 0, 200);
    assert_eq!(kinds(&status), [AlarmKind::Rewound]);
    assert_eq!(kinds(&scene.look(Some(200), 0, 200)), [AlarmKind::Rewound]);
}

#[test]
fn records_that_wait_while_nothing_moves_are_a_stall() {
    let mut scene = Scene::new();
    scene.look(Some(100), 0, 100);
    // Caught up for a long time: the rest begins with the first record that waits.
    for _ in 0..20 {
        assert!(scene.look(Some(100), 0, 100).caught_up);
    }
    let seen: Vec<_> = (0..10)
        .map(|_| scene.look(Some(100), 0, 120).partitions[0].state)
        .collect();
    let behind = seen.iter().filter(|state| **state == State::Behind).count();
    // Two commits of 5 s, which is five looks of 2 s.
    assert_eq!(behind, 4, "{seen:?}");
    assert_eq!(seen.last(), Some(&State::Stalled));
    let status = scene.look(Some(100), 0, 120);
    assert_eq!(
        status.alarms[0].text,
        "`orders` partition 0: nothing moves while 20 records wait"
    );
    assert!(!status.differs(), "a stall is no difference");
    assert_eq!(scene.look(Some(101), 0, 120).partitions[0].state, State::Behind);
}

#[test]
fn a_topic_that_goes_is_told_and_comes_back_as_another() {
    let mut scene = Scene::new();
    scene.look(Some(5), 0, 5);
    let status = scene.look_at_nothing();
    assert_eq!(kinds(&status), [AlarmKind::TopicGone]);
    assert!(status.partitions.is_empty() && status.differs());
    scene.id = id(2);
    assert_eq!(kinds(&scene.look(None, 0, 3)), [AlarmKind::Recreated]);
}

#[test]
fn partitions_that_are_added_are_told_until_they_have_begun() {
    let mut scene = Scene::new();
    scene.look(Some(5), 0, 5);
    scene.partitions = 3;
    // They are empty: there is nothing to begin with.
    assert_eq!(kinds(&scene.look(Some(5), 0, 5)), []);
    let place = TopicPartition::new("orders", 3);
    scene.tracker.look(Look {
        at: scene.at,
        topics: vec![Topic {
            name: "orders".into(),
            partitions: 4,
        }],
        ids: BTreeMap::new(),
        partitions: BTreeMap::from([(
            place,
            Seen {
                end: 7,
                log_end: 7,
                ..Seen::default()
            },
        )]),
    });
    let status = scene.tracker.status("test", None);
    assert_eq!(status.alarms[0].text, "`orders` partition 3: has new partitions");
    assert!(!status.differs());
}

#[test]
fn rate_and_time_left_follow_a_sliding_window() {
    let mut scene = Scene::new();
    let status = scene.look(Some(0), 0, 100_000);
    assert_eq!(status.speed.records_per_second, None, "one look has no rate");
    let status = scene.look(Some(2000), 0, 100_200);
    assert_eq!(status.speed.records_per_second, Some(1000.0));
    assert_eq!(status.speed.source_records_per_second, Some(100.0));
    assert_eq!(status.speed.eta_seconds, Some(98_200.0 / 900.0));
    // The window slides: what was fast long ago does not count.
    for _ in 0..30 {
        scene.look(Some(2000), 0, 100_200);
    }
    let status = scene.look(Some(2000), 0, 100_200);
    assert_eq!(status.speed.records_per_second, Some(0.0));
    assert_eq!(status.speed.eta_seconds, None, "nothing moves");
}

#[test]
fn bytes_are_estimated_from_a_sample_of_the_fullest_partition() {
    let mut scene = Scene::new();
    let status = scene.look(Some(0), 0, 50_000);
    assert_eq!(status.speed.estimated_bytes_behind, None, "nothing was read yet");
    let wanted = scene.tracker.sizes_wanted();
    assert_eq!((wanted.len(), wanted[0].from, wanted[0].until), (1, 0, 50_000));
    let scan = Scan {
        records: 200,
        bytes: 20_000,
        whole: false,
    };
    scene.tracker.measured(&wanted[0], Some(scan));
    assert!(
        scene.tracker.sizes_wanted().is_empty(),
        "once is enough for a while"
    );
    let status = scene.tracker.status("test", None);
    assert_eq!(status.speed.estimated_bytes_behind, Some(5_000_000));
    assert_eq!(status.topics[0].speed.estimated_bytes_behind, Some(5_000_000));
    assert_eq!(
        scene.look(Some(50_000), 0, 50_000).speed.estimated_bytes_behind,
        Some(0)
    );
}

#[test]
fn ten_thousand_partitions_have_few_alarms_and_few_looks_into_them() {
    let mut tracker = Tracker::new(Pace::of(POLL, COMMIT), Remembered::default());
    let seen = Seen {
        position: Some(Position::at(10)),
        start: 20,
        end: 30,
        log_end: 30,
    };
    let places =
        (0..10_000).map(|number| TopicPartition::new(&format!("topic-{}", number % 10), number / 10));
    tracker.look(Look {
        partitions: places.map(|place| (place, seen)).collect(),
        topics: (0..10)
            .map(|number| Topic {
                name: format!("topic-{number}"),
                partitions: 1000,
            })
            .collect(),
        ..Look::default()
    });
    assert_eq!(tracker.doubts().len(), 64);
    assert_eq!(tracker.sizes_wanted().len(), 8);
    let status = tracker.status("test", None);
    assert_eq!((status.partitions.len(), status.alarms.len()), (10_000, 10));
    assert_eq!(status.possibly_lost, 100_000);
    assert!(
        status.alarms[0]
            .text
            .starts_with("`topic-0` in 1000 partitions (0 to 999): possibly lost 10000")
    );
}

//! Which lane copies which partition.

use super::lane::Stretch;
use super::prepare::Start;

/// Deals the partitions to one lane for every two processors, the fullest first.
pub fn deal(starts: &[Start]) -> Vec<Vec<Stretch>> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let count = (processors / 2).clamp(1, 8).min(starts.len().max(1));
    let mut lanes = vec![Vec::new(); count];
    let mut numbered: Vec<_> = starts.iter().enumerate().collect();
    numbered.sort_by_key(|(_, start)| start.source_next - start.end);
    for (turn, (slot, start)) in numbered.into_iter().enumerate() {
        lanes[turn % count].push(Stretch {
            slot,
            place: start.place.clone(),
            from: start.source_next,
        });
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::TopicPartition;

    #[test]
    fn every_partition_has_one_lane() {
        let start = |partition| Start {
            place: TopicPartition::new("orders", partition),
            source_next: 0,
            target_next: 0,
            topic_id: None,
            end: i64::from(partition),
        };
        let starts: Vec<_> = (0..10).map(start).collect();
        let mut slots: Vec<_> = deal(&starts)
            .into_iter()
            .flatten()
            .map(|stretch| stretch.slot)
            .collect();
        assert_eq!(slots.first(), Some(&9), "the fullest comes first");
        slots.sort_unstable();
        assert_eq!(slots, (0..10).collect::<Vec<_>>());
    }
}

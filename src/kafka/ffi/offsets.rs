//! Offsets: where partitions begin and end, and what groups have committed.

use std::ptr;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::client::{Client, ClientContext};

use super::{AdminOp, Code, NO_ERROR, array, c_string, call, native, text};

/// Where a log ends for a question about offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Behind the last record that no open transaction holds back.
    Committed,
    /// Behind the last record of all.
    All,
}

/// An offset of one partition, or the code that came in its place.
#[derive(Clone, Debug)]
pub struct Place {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub metadata: Option<String>,
    pub error: Option<Code>,
}

/// Asks for one offset of each partition, `-2` (the first) or `-1` (the end), in one batch per broker.
///
/// # Errors
///
/// The code of the whole call; a single partition's code is in its [`Place`].
pub fn list_offsets<C: ClientContext>(
    client: &Client<C>,
    partitions: &TopicPartitionList,
    isolation: Isolation,
    patience: Duration,
) -> Result<Vec<Place>, Code> {
    use native::rd_kafka_IsolationLevel_t as Level;
    let level = match isolation {
        Isolation::Committed => Level::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED,
        Isolation::All => Level::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED,
    };
    // SAFETY: the list outlives the call, which copies it; the infos live as long as the answer.
    unsafe {
        let answer = call(
            client,
            AdminOp::RD_KAFKA_ADMIN_OP_LISTOFFSETS,
            patience,
            |options, queue| {
                native::rd_kafka_AdminOptions_set_isolation_level(options, level);
                native::rd_kafka_ListOffsets(client.native_ptr(), partitions.ptr(), options, queue);
            },
        )?;
        let result = native::rd_kafka_event_ListOffsets_result(answer.0);
        let infos = array(result, native::rd_kafka_ListOffsets_result_infos);
        Ok(infos
            .iter()
            .map(|info| place(&*native::rd_kafka_ListOffsetsResultInfo_topic_partition(*info)))
            .collect())
    }
}

fn place(element: &native::rd_kafka_topic_partition_t) -> Place {
    let metadata = (!element.metadata.is_null()).then(|| {
        // SAFETY: the element says how long its metadata is.
        let bytes =
            unsafe { std::slice::from_raw_parts(element.metadata.cast::<u8>(), element.metadata_size) };
        String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
    });
    let code = element.err;
    Place {
        topic: text(element.topic),
        partition: element.partition,
        offset: element.offset,
        metadata,
        error: (code != NO_ERROR).then(|| code.into()),
    }
}

/// The places in the result of one group.
///
/// # Safety
///
/// `groups` must come from an answer that is alive.
unsafe fn places(groups: &[*const native::rd_kafka_group_result_t]) -> Result<Vec<Place>, Code> {
    let mut places = Vec::new();
    for group in groups {
        // SAFETY: promised by the caller; a list says how many elements it has.
        unsafe {
            let error = native::rd_kafka_group_result_error(*group);
            if !error.is_null() {
                return Err(native::rd_kafka_error_code(error).into());
            }
            let list = native::rd_kafka_group_result_partitions(*group);
            if !list.is_null() && !(*list).elems.is_null() {
                let count = usize::try_from((*list).cnt).unwrap_or(0);
                places.extend(std::slice::from_raw_parts((*list).elems, count).iter().map(place));
            }
        }
    }
    Ok(places)
}

/// Reads the offsets that `group` has committed: of `partitions`, or of everything without a list.
///
/// # Errors
///
/// The code of the call.
pub fn group_offsets<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    partitions: Option<&TopicPartitionList>,
    patience: Duration,
) -> Result<Vec<Place>, Code> {
    let group = c_string(group)?;
    let list = partitions.map_or(ptr::null(), |list| list.ptr().cast_const());
    // SAFETY: the request copies the name and the list and is destroyed here.
    unsafe {
        let mut request = native::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), list);
        let op = AdminOp::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;
        let answer = call(client, op, patience, |options, queue| {
            native::rd_kafka_ListConsumerGroupOffsets(
                client.native_ptr(),
                &raw mut request,
                1,
                options,
                queue,
            );
        });
        native::rd_kafka_ListConsumerGroupOffsets_destroy(request);
        let answer = answer?;
        let result = native::rd_kafka_event_ListConsumerGroupOffsets_result(answer.0);
        places(array(
            result,
            native::rd_kafka_ListConsumerGroupOffsets_result_groups,
        ))
    }
}

/// Commits offsets, with metadata, for a group that has no member.
///
/// # Errors
///
/// The code of the call; a single partition's code is in its [`Place`].
pub fn set_group_offsets<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    partitions: &TopicPartitionList,
    patience: Duration,
) -> Result<Vec<Place>, Code> {
    let group = c_string(group)?;
    // SAFETY: the request copies the name and the list and is destroyed here.
    unsafe {
        let mut request = native::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), partitions.ptr());
        let op = AdminOp::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;
        let answer = call(client, op, patience, |options, queue| {
            native::rd_kafka_AlterConsumerGroupOffsets(
                client.native_ptr(),
                &raw mut request,
                1,
                options,
                queue,
            );
        });
        native::rd_kafka_AlterConsumerGroupOffsets_destroy(request);
        let answer = answer?;
        let result = native::rd_kafka_event_AlterConsumerGroupOffsets_result(answer.0);
        places(array(
            result,
            native::rd_kafka_AlterConsumerGroupOffsets_result_groups,
        ))
    }
}

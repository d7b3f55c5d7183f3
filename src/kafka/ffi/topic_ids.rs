//! The ids of topics.

use std::time::Duration;

use rdkafka::client::{Client, ClientContext};

use super::{AdminOp, Code, Named, array, c_string, call, native, text};

/// The bits of an id, the most significant first.
type Bits = (i64, i64);

/// Reads the ids of `topics`; both halves are zero where the broker has none.
///
/// # Errors
///
/// The code of the whole call.
pub fn topic_ids<C: ClientContext>(
    client: &Client<C>,
    topics: &[&str],
    patience: Duration,
) -> Result<Named<Bits>, Code> {
    let names: Vec<_> = topics
        .iter()
        .map(|name| c_string(name))
        .collect::<Result<_, _>>()?;
    let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: the collection copies the names, the request copies the collection, which is destroyed here; the
    // descriptions live as long as the answer.
    unsafe {
        let collection =
            native::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        let op = AdminOp::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let answer = call(client, op, patience, |options, queue| {
            native::rd_kafka_DescribeTopics(client.native_ptr(), collection, options, queue);
        });
        native::rd_kafka_TopicCollection_destroy(collection);
        let answer = answer?;
        let result = native::rd_kafka_event_DescribeTopics_result(answer.0);
        let descriptions = array(result, native::rd_kafka_DescribeTopics_result_topics);
        // A topic that the broker left out of its answer is a null pointer.
        let given = descriptions.iter().filter(|description| !description.is_null());
        Ok(given.map(|description| described(*description)).collect())
    }
}

/// # Safety
///
/// `description` must come from an answer that is alive.
unsafe fn described(
    description: *const native::rd_kafka_TopicDescription_t,
) -> (String, Result<Bits, (Code, String)>) {
    // SAFETY: promised by the caller.
    unsafe {
        let name = text(native::rd_kafka_TopicDescription_name(description));
        let error = native::rd_kafka_TopicDescription_error(description);
        if !error.is_null() {
            let reason = text(native::rd_kafka_error_string(error));
            return (name, Err((native::rd_kafka_error_code(error).into(), reason)));
        }
        let id = native::rd_kafka_TopicDescription_topic_id(description);
        let most = native::rd_kafka_Uuid_most_significant_bits(id);
        let least = native::rd_kafka_Uuid_least_significant_bits(id);
        (name, Ok((most, least)))
    }
}

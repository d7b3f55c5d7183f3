//! Topics: making them with their settings, and reading those settings.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};

use super::{AdminOp, Code, Named, array, c_string, call, checked, native, text};

/// A topic to make. `replication` -1 leaves it to the broker.
pub struct TopicRequest<'a> {
    pub name: &'a str,
    pub partitions: i32,
    pub replication: i32,
    pub settings: &'a BTreeMap<String, String>,
}

/// The requests in librdkafka's form, destroyed together.
struct Requests(Vec<*mut native::rd_kafka_NewTopic_t>);

impl Drop for Requests {
    fn drop(&mut self) {
        for request in &self.0 {
            // SAFETY: each came from `rd_kafka_NewTopic_new`.
            unsafe { native::rd_kafka_NewTopic_destroy(*request) }
        }
    }
}

/// Makes topics and says of each what became of it.
///
/// # Errors
///
/// The code of the whole call.
pub fn create_topics<C: ClientContext>(
    client: &Client<C>,
    topics: &[TopicRequest<'_>],
    patience: Duration,
) -> Result<Named<()>, Code> {
    let mut requests = Requests(Vec::new());
    for topic in topics {
        requests.0.push(request(topic)?);
    }
    // SAFETY: the requests outlive the call, which copies them; the results live as long as the answer.
    unsafe {
        let answer = call(
            client,
            AdminOp::RD_KAFKA_ADMIN_OP_CREATETOPICS,
            patience,
            |options, queue| {
                let list = requests.0.as_mut_ptr();
                native::rd_kafka_CreateTopics(client.native_ptr(), list, requests.0.len(), options, queue);
            },
        )?;
        let result = native::rd_kafka_event_CreateTopics_result(answer.0);
        let results = array(result, native::rd_kafka_CreateTopics_result_topics);
        Ok(results
            .iter()
            .map(|result| {
                let code = native::rd_kafka_topic_result_error(*result);
                let reason = native::rd_kafka_topic_result_error_string(*result);
                (
                    text(native::rd_kafka_topic_result_name(*result)),
                    checked((), code, reason),
                )
            })
            .collect())
    }
}

fn request(topic: &TopicRequest<'_>) -> Result<*mut native::rd_kafka_NewTopic_t, Code> {
    let name = c_string(topic.name)?;
    let mut reason = [0; 256];
    // SAFETY: librdkafka copies the name.
    let request = unsafe {
        let (reason, length) = (reason.as_mut_ptr(), reason.len());
        native::rd_kafka_NewTopic_new(name.as_ptr(), topic.partitions, topic.replication, reason, length)
    };
    if request.is_null() {
        return Err(Code::InvalidArgument);
    }
    let owned = Requests(vec![request]);
    for (name, value) in topic.settings {
        let (name, value) = (c_string(name)?, c_string(value)?);
        // SAFETY: librdkafka copies both.
        unsafe { native::rd_kafka_NewTopic_set_config(request, name.as_ptr(), value.as_ptr()) };
    }
    std::mem::forget(owned);
    Ok(request)
}

/// Reads the settings that somebody gave to topics, without the defaults of the broker and without secrets.
///
/// # Errors
///
/// The code of the whole call.
pub fn describe_topics<C: ClientContext>(
    client: &Client<C>,
    topics: &[&str],
    patience: Duration,
) -> Result<Named<BTreeMap<String, String>>, Code> {
    let names: Vec<_> = topics
        .iter()
        .map(|name| c_string(name))
        .collect::<Result<_, _>>()?;
    // SAFETY: the requests copy their names, outlive the call, and are destroyed here.
    unsafe {
        let topic = native::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
        let new = |name: &std::ffi::CString| native::rd_kafka_ConfigResource_new(topic, name.as_ptr());
        let mut requests: Vec<_> = names.iter().map(new).collect();
        let answer = call(
            client,
            AdminOp::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
            patience,
            |options, queue| {
                let list = requests.as_mut_ptr();
                native::rd_kafka_DescribeConfigs(client.native_ptr(), list, requests.len(), options, queue);
            },
        );
        native::rd_kafka_ConfigResource_destroy_array(requests.as_mut_ptr(), requests.len());
        let answer = answer?;
        let result = native::rd_kafka_event_DescribeConfigs_result(answer.0);
        let resources = array(result, native::rd_kafka_DescribeConfigs_result_resources);
        Ok(resources
            .iter()
            .map(|resource| {
                let code = native::rd_kafka_ConfigResource_error(*resource);
                let reason = native::rd_kafka_ConfigResource_error_string(*resource);
                let name = text(native::rd_kafka_ConfigResource_name(*resource));
                (name, checked(given_settings(*resource), code, reason))
            })
            .collect())
    }
}

/// # Safety
///
/// `resource` must come from an answer that is alive.
unsafe fn given_settings(resource: *const native::rd_kafka_ConfigResource_t) -> BTreeMap<String, String> {
    // SAFETY: promised by the caller.
    unsafe {
        array(resource, native::rd_kafka_ConfigResource_configs)
            .iter()
            .filter(|entry| {
                let source = native::rd_kafka_ConfigEntry_source(**entry);
                let given = native::rd_kafka_ConfigSource_t::RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
                source == given && native::rd_kafka_ConfigEntry_is_sensitive(**entry) != 1
            })
            .map(|entry| {
                let name = native::rd_kafka_ConfigEntry_name(*entry);
                let value = native::rd_kafka_ConfigEntry_value(*entry);
                (text(name), text(value))
            })
            .collect()
    }
}

//! Changing topics that exist: single settings, and more partitions.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};

use super::{AdminOp, Code, Named, array, c_string, call, checked, native, text};

/// Resources in librdkafka's form, destroyed together.
struct Resources(Vec<*mut native::rd_kafka_ConfigResource_t>);

impl Drop for Resources {
    fn drop(&mut self) {
        for resource in &self.0 {
            // SAFETY: each came from `rd_kafka_ConfigResource_new` and is destroyed once.
            unsafe { native::rd_kafka_ConfigResource_destroy(*resource) }
        }
    }
}

/// Sets some settings of topics and leaves their others alone.
///
/// # Errors
///
/// The code of the whole call.
pub fn set_topic_settings<C: ClientContext>(
    client: &Client<C>,
    topics: &BTreeMap<String, BTreeMap<String, String>>,
    patience: Duration,
) -> Result<Named<()>, Code> {
    let mut resources = Resources(Vec::with_capacity(topics.len()));
    for (topic, settings) in topics {
        let name = c_string(topic)?;
        let kind = native::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
        // SAFETY: librdkafka copies the name.
        let resource = unsafe { native::rd_kafka_ConfigResource_new(kind, name.as_ptr()) };
        resources.0.push(resource);
        for (setting, value) in settings {
            set(resource, setting, value)?;
        }
    }
    // SAFETY: the resources outlive the call, which copies them; the results live as long as the answer.
    unsafe {
        let op = AdminOp::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS;
        let answer = call(client, op, patience, |options, queue| {
            let list = resources.0.as_mut_ptr();
            let count = resources.0.len();
            native::rd_kafka_IncrementalAlterConfigs(client.native_ptr(), list, count, options, queue);
        })?;
        let result = native::rd_kafka_event_IncrementalAlterConfigs_result(answer.0);
        let results = array(result, native::rd_kafka_IncrementalAlterConfigs_result_resources);
        Ok(results
            .iter()
            .map(|resource| {
                let code = native::rd_kafka_ConfigResource_error(*resource);
                let reason = native::rd_kafka_ConfigResource_error_string(*resource);
                let name = text(native::rd_kafka_ConfigResource_name(*resource));
                (name, checked((), code, reason))
            })
            .collect())
    }
}

fn set(resource: *mut native::rd_kafka_ConfigResource_t, setting: &str, value: &str) -> Result<(), Code> {
    let (setting, value) = (c_string(setting)?, c_string(value)?);
    let operation = native::rd_kafka_AlterConfigOpType_t::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET;
    // SAFETY: the resource is alive; librdkafka copies both texts; an error is destroyed here.
    unsafe {
        let (name, value) = (setting.as_ptr(), value.as_ptr());
        let error = native::rd_kafka_ConfigResource_add_incremental_config(resource, name, operation, value);
        if error.is_null() {
            return Ok(());
        }
        let code = native::rd_kafka_error_code(error).into();
        native::rd_kafka_error_destroy(error);
        Err(code)
    }
}

/// Requests in librdkafka's form, destroyed together.
struct Growths(Vec<*mut native::rd_kafka_NewPartitions_t>);

impl Drop for Growths {
    fn drop(&mut self) {
        for growth in &self.0 {
            // SAFETY: each came from `rd_kafka_NewPartitions_new` and is destroyed once.
            unsafe { native::rd_kafka_NewPartitions_destroy(*growth) }
        }
    }
}

/// Raises topics to so many partitions in all.
///
/// # Errors
///
/// The code of the whole call.
pub fn grow_topics<C: ClientContext>(
    client: &Client<C>,
    topics: &[(&str, i32)],
    patience: Duration,
) -> Result<Named<()>, Code> {
    let mut growths = Growths(Vec::with_capacity(topics.len()));
    for (topic, partitions) in topics {
        let name = c_string(topic)?;
        let count = usize::try_from(*partitions).map_err(|_| Code::InvalidArgument)?;
        let mut reason = [0; 256];
        // SAFETY: librdkafka copies the name.
        let growth = unsafe {
            native::rd_kafka_NewPartitions_new(name.as_ptr(), count, reason.as_mut_ptr(), reason.len())
        };
        if growth.is_null() {
            return Err(Code::InvalidArgument);
        }
        growths.0.push(growth);
    }
    // SAFETY: the requests outlive the call, which copies them; the results live as long as the answer.
    unsafe {
        let op = AdminOp::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;
        let answer = call(client, op, patience, |options, queue| {
            let list = growths.0.as_mut_ptr();
            native::rd_kafka_CreatePartitions(client.native_ptr(), list, growths.0.len(), options, queue);
        })?;
        let result = native::rd_kafka_event_CreatePartitions_result(answer.0);
        let results = array(result, native::rd_kafka_CreatePartitions_result_topics);
        Ok(results
            .iter()
            .map(|result| {
                let code = native::rd_kafka_topic_result_error(*result);
                let reason = native::rd_kafka_topic_result_error_string(*result);
                let name = text(native::rd_kafka_topic_result_name(*result));
                (name, checked((), code, reason))
            })
            .collect())
    }
}

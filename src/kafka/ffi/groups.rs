//! Consumer groups: which there are, and how many members each has.

use std::ffi::CStr;
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};

use super::{AdminOp, Code, Named, array, c_string, call, checked, native, text};

/// The state of a group by Kafka's name for it, and its number of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupState {
    pub state: String,
    pub members: usize,
}

/// Lists the names of all groups.
///
/// # Errors
///
/// The code of the call; also when one broker of several did not answer, for half a list is no list.
pub fn list_groups<C: ClientContext>(client: &Client<C>, patience: Duration) -> Result<Vec<String>, Code> {
    // SAFETY: the listings and errors live as long as the answer.
    unsafe {
        let answer = call(
            client,
            AdminOp::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
            patience,
            |options, queue| {
                native::rd_kafka_ListConsumerGroups(client.native_ptr(), options, queue);
            },
        )?;
        let result = native::rd_kafka_event_ListConsumerGroups_result(answer.0);
        if let Some(error) = array(result, native::rd_kafka_ListConsumerGroups_result_errors).first() {
            return Err(native::rd_kafka_error_code(*error).into());
        }
        let listings = array(result, native::rd_kafka_ListConsumerGroups_result_valid);
        let name = |listing: &*const _| text(native::rd_kafka_ConsumerGroupListing_group_id(*listing));
        Ok(listings.iter().map(name).collect())
    }
}

/// Describes groups by name.
///
/// # Errors
///
/// The code of the whole call.
pub fn describe_groups<C: ClientContext>(
    client: &Client<C>,
    groups: &[&str],
    patience: Duration,
) -> Result<Named<GroupState>, Code> {
    let names: Vec<_> = groups
        .iter()
        .map(|name| c_string(name))
        .collect::<Result<_, _>>()?;
    let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: the names outlive the call; the descriptions live as long as the answer.
    unsafe {
        let op = AdminOp::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let answer = call(client, op, patience, |options, queue| {
            let list = pointers.as_mut_ptr();
            native::rd_kafka_DescribeConsumerGroups(client.native_ptr(), list, names.len(), options, queue);
        })?;
        let result = native::rd_kafka_event_DescribeConsumerGroups_result(answer.0);
        let descriptions = array(result, native::rd_kafka_DescribeConsumerGroups_result_groups);
        Ok(descriptions
            .iter()
            .map(|description| described(*description))
            .collect())
    }
}

/// # Safety
///
/// `description` must come from an answer that is alive.
unsafe fn described(
    description: *const native::rd_kafka_ConsumerGroupDescription_t,
) -> (String, Result<GroupState, (Code, String)>) {
    // SAFETY: promised by the caller; the name of a state is a constant of librdkafka.
    unsafe {
        let name = text(native::rd_kafka_ConsumerGroupDescription_group_id(description));
        let error = native::rd_kafka_ConsumerGroupDescription_error(description);
        if !error.is_null() {
            let code = native::rd_kafka_error_code(error);
            return (name, checked_error(code, native::rd_kafka_error_string(error)));
        }
        let state = native::rd_kafka_ConsumerGroupDescription_state(description);
        let state = CStr::from_ptr(native::rd_kafka_consumer_group_state_name(state));
        let members = native::rd_kafka_ConsumerGroupDescription_member_count(description);
        let state = state.to_string_lossy().into_owned();
        (name, Ok(GroupState { state, members }))
    }
}

fn checked_error(
    code: native::rd_kafka_resp_err_t,
    reason: *const std::ffi::c_char,
) -> Result<GroupState, (Code, String)> {
    let none = GroupState {
        state: String::new(),
        members: 0,
    };
    checked(none, code, reason)
}

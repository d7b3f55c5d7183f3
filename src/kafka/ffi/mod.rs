//! The calls of librdkafka that rdkafka's safe interface lacks, behind safe types; the only `unsafe` of the crate.
//!
//! [`offsets`], [`topics`], [`topic_ids`], [`configs`], [`groups`] and [`acls`] are admin calls that answer on a queue of
//! their own; [`records`] reads records in batches, with the end of each partition and its offset, and hands a record on
//! without copying its headers. Every pointer is owned by a type with a `Drop`, and what is borrowed from librdkafka
//! carries the lifetime of its owner.
#![allow(unsafe_code)]

pub mod acls;
pub mod configs;
pub mod groups;
pub mod offsets;
pub mod records;
pub mod topic_ids;
pub mod topics;

use std::ffi::{CStr, CString, c_char};
use std::time::Duration;

use rdkafka::bindings as native;
use rdkafka::client::{Client, ClientContext};
use rdkafka::types::RDKafkaErrorCode as Code;

use native::rd_kafka_admin_op_t as AdminOp;
use native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR as NO_ERROR;

/// One result for one name: a topic, a group.
pub type Named<T> = Vec<(String, Result<T, (Code, String)>)>;

/// The answer to one admin call.
struct Answer(*mut native::rd_kafka_event_t);

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: the event came from `rd_kafka_queue_poll` and is destroyed once.
        unsafe { native::rd_kafka_event_destroy(self.0) }
    }
}

/// The most that librdkafka takes for one admin call.
const LONGEST: Duration = Duration::from_hours(1);

/// How long librdkafka itself may try.
///
/// A call that it gives up while it still looks for a group's coordinator ends the process as soon as the coordinator
/// is found: `rd_kafka_admin_coord_request` of librdkafka 2.12 lets go of the call, and so does the answer to its own
/// error. Such a call is never given up; its client is dropped instead.
fn time_of(op: AdminOp, patience: Duration) -> Duration {
    match op {
        AdminOp::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS
        | AdminOp::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS
        | AdminOp::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS => LONGEST,
        _ => patience.min(LONGEST),
    }
}

fn milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

/// Starts an admin call with `start` and waits for its answer on a queue of its own.
///
/// A call to a coordinator that brought no answer goes on until its client is dropped.
fn call<C: ClientContext>(
    client: &Client<C>,
    op: AdminOp,
    patience: Duration,
    start: impl FnOnce(*mut native::rd_kafka_AdminOptions_t, *mut native::rd_kafka_queue_t),
) -> Result<Answer, Code> {
    let time = time_of(op, patience);
    // librdkafka tells that the time is up a little late.
    let wait = if time > patience {
        patience
    } else {
        time + Duration::from_secs(1)
    };
    let mut text: [c_char; 256] = [0; 256];
    // SAFETY: the client outlives the call; the options and the queue are made here, used here, and destroyed here; an
    // answer that comes later finds its queue disabled and is thrown away by librdkafka.
    let answer = unsafe {
        let options = native::rd_kafka_AdminOptions_new(client.native_ptr(), op);
        native::rd_kafka_AdminOptions_set_request_timeout(
            options,
            milliseconds(time),
            text.as_mut_ptr(),
            text.len(),
        );
        let queue = native::rd_kafka_queue_new(client.native_ptr());
        start(options, queue);
        let event = native::rd_kafka_queue_poll(queue, milliseconds(wait));
        native::rd_kafka_queue_destroy(queue);
        native::rd_kafka_AdminOptions_destroy(options);
        event
    };
    if answer.is_null() {
        return Err(Code::OperationTimedOut);
    }
    let answer = Answer(answer);
    // SAFETY: the event is alive.
    match unsafe { native::rd_kafka_event_error(answer.0) } {
        NO_ERROR => Ok(answer),
        error => Err(error.into()),
    }
}

/// The array that a `…_result_…` function gives.
///
/// # Safety
///
/// `result` must be alive for `'a` and must be what `list` expects.
unsafe fn array<'a, R, T>(
    result: *const R,
    list: unsafe extern "C" fn(*const R, *mut usize) -> *mut *const T,
) -> &'a [*const T] {
    let mut count = 0;
    // SAFETY: promised by the caller.
    let items = unsafe { list(result, &raw mut count) };
    if items.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: librdkafka gives `count` pointers that live as long as the result.
    unsafe { std::slice::from_raw_parts(items.cast_const(), count) }
}

/// Copies a C string; null is the empty text.
fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: librdkafka's strings end with a zero byte.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

fn c_string(value: &str) -> Result<CString, Code> {
    CString::new(value).map_err(|_| Code::InvalidArgument)
}

fn checked<T>(
    value: T,
    code: native::rd_kafka_resp_err_t,
    reason: *const c_char,
) -> Result<T, (Code, String)> {
    match code {
        NO_ERROR => Ok(value),
        code => Err((code.into(), text(reason))),
    }
}

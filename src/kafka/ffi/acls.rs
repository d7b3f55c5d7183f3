//! Access control lists: reading all of them, and adding some.

use std::ffi::CString;
use std::ptr;
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};

use super::{AdminOp, Code, array, c_string, call, native, text};
use native::rd_kafka_AclOperation_t as NativeOperation;
use native::rd_kafka_AclPermissionType_t as NativePermission;
use native::rd_kafka_ResourcePatternType_t as NativePattern;
use native::rd_kafka_ResourceType_t as NativeResource;

/// One entry, by librdkafka's numbers; [`super::super::acls`] gives them names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub resource: NativeResource,
    pub name: String,
    pub pattern: NativePattern,
    pub principal: String,
    pub host: String,
    pub operation: NativeOperation,
    pub permission: NativePermission,
}

/// What became of one entry that was to be added.
pub type Made = Result<(), (Code, String)>;

/// Bindings in librdkafka's form, destroyed together.
struct Bindings(Vec<*mut native::rd_kafka_AclBinding_t>);

impl Drop for Bindings {
    fn drop(&mut self) {
        for binding in &self.0 {
            // SAFETY: each came from a function that makes bindings and is destroyed once.
            unsafe { native::rd_kafka_AclBinding_destroy(*binding) }
        }
    }
}

/// Reads every entry that the cluster shows us.
///
/// # Errors
///
/// The code of the call.
pub fn describe_acls<C: ClientContext>(client: &Client<C>, patience: Duration) -> Result<Vec<Entry>, Code> {
    let mut reason = [0; 256];
    // SAFETY: null stands for "any" in a filter; the filter outlives the call, which copies it; the bindings live as
    // long as the answer.
    unsafe {
        let filter = native::rd_kafka_AclBindingFilter_new(
            NativeResource::RD_KAFKA_RESOURCE_ANY,
            ptr::null(),
            NativePattern::RD_KAFKA_RESOURCE_PATTERN_ANY,
            ptr::null(),
            ptr::null(),
            NativeOperation::RD_KAFKA_ACL_OPERATION_ANY,
            NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_ANY,
            reason.as_mut_ptr(),
            reason.len(),
        );
        if filter.is_null() {
            return Err(Code::InvalidArgument);
        }
        let _owned = Bindings(vec![filter]);
        let op = AdminOp::RD_KAFKA_ADMIN_OP_DESCRIBEACLS;
        let answer = call(client, op, patience, |options, queue| {
            native::rd_kafka_DescribeAcls(client.native_ptr(), filter, options, queue);
        })?;
        let result = native::rd_kafka_event_DescribeAcls_result(answer.0);
        let bindings = array(result, native::rd_kafka_DescribeAcls_result_acls);
        Ok(bindings.iter().map(|binding| entry(*binding)).collect())
    }
}

/// # Safety
///
/// `binding` must come from an answer that is alive.
unsafe fn entry(binding: *const native::rd_kafka_AclBinding_t) -> Entry {
    // SAFETY: promised by the caller; librdkafka replaces numbers that it does not know by "unknown".
    unsafe {
        Entry {
            resource: native::rd_kafka_AclBinding_restype(binding),
            name: text(native::rd_kafka_AclBinding_name(binding)),
            pattern: native::rd_kafka_AclBinding_resource_pattern_type(binding),
            principal: text(native::rd_kafka_AclBinding_principal(binding)),
            host: text(native::rd_kafka_AclBinding_host(binding)),
            operation: native::rd_kafka_AclBinding_operation(binding),
            permission: native::rd_kafka_AclBinding_permission_type(binding),
        }
    }
}

/// Adds entries and says of each, in their order, what became of it.
///
/// # Errors
///
/// The code of the whole call.
pub fn create_acls<C: ClientContext>(
    client: &Client<C>,
    entries: &[Entry],
    patience: Duration,
) -> Result<Vec<Made>, Code> {
    let mut bindings = Bindings(Vec::with_capacity(entries.len()));
    for entry in entries {
        bindings.0.push(binding(entry)?);
    }
    // SAFETY: the bindings outlive the call, which copies them; the results live as long as the answer.
    unsafe {
        let op = AdminOp::RD_KAFKA_ADMIN_OP_CREATEACLS;
        let answer = call(client, op, patience, |options, queue| {
            let list = bindings.0.as_mut_ptr();
            native::rd_kafka_CreateAcls(client.native_ptr(), list, bindings.0.len(), options, queue);
        })?;
        let result = native::rd_kafka_event_CreateAcls_result(answer.0);
        let results = array(result, native::rd_kafka_CreateAcls_result_acls);
        Ok(results
            .iter()
            .map(|result| {
                let error = native::rd_kafka_acl_result_error(*result);
                if error.is_null() {
                    return Ok(());
                }
                let code = native::rd_kafka_error_code(error);
                Err((code.into(), text(native::rd_kafka_error_string(error))))
            })
            .collect())
    }
}

fn binding(entry: &Entry) -> Result<*mut native::rd_kafka_AclBinding_t, Code> {
    let [name, principal, host]: [CString; 3] = [
        c_string(&entry.name)?,
        c_string(&entry.principal)?,
        c_string(&entry.host)?,
    ];
    let mut reason = [0; 256];
    // SAFETY: librdkafka copies the three texts.
    let binding = unsafe {
        native::rd_kafka_AclBinding_new(
            entry.resource,
            name.as_ptr(),
            entry.pattern,
            principal.as_ptr(),
            host.as_ptr(),
            entry.operation,
            entry.permission,
            reason.as_mut_ptr(),
            reason.len(),
        )
    };
    if binding.is_null() {
        return Err(Code::InvalidArgument);
    }
    Ok(binding)
}
